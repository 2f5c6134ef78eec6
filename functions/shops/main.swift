import Middleware

serve("shops", routes)
