import Middleware

serve("auth", routes)
