import Middleware

serve("notifications", routes)
