import Middleware

serve("inventory", routes)
