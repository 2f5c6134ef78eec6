import Middleware
import Payments

serve("orders", routes, own: Providers.self, plansOnce: true)
