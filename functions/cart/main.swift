import Middleware

serve("cart", routes, plansOnce: true)
