import Middleware

serve("users", routes)
