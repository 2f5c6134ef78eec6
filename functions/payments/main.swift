import Middleware
import Payments

serve("payments", routes, own: Providers.self, plansOnce: true)
