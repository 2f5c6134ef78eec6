import Middleware

serve("ops", routes)
