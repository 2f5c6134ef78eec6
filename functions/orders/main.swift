import Middleware

serve("orders", routes)
