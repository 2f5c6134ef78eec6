import Middleware

serve("catalog", routes)
