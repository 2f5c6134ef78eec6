import Middleware
import Payments

serve("webhooks", routes, own: Providers.self, plansOnce: true)
