import Middleware

serve("cart", routes)
