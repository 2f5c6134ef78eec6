-- Where the customer comes back to from the provider's page, as the order remembers it between the
-- wish to pay and the checkout that makes the payment.
ALTER TABLE orders.orders
  ADD COLUMN payment_return_url text,
  ADD CONSTRAINT orders_return_url_length CHECK (length(payment_return_url) <= 2048);

-- What was given up is closed at its provider as well, by those who ask providers.
ALTER TABLE payments.payments
  -- Until then somebody is asking the provider. Whoever gives the payment up meanwhile has it
  -- closed after that: what they are about to write down is needed for it.
  ADD COLUMN asking_until timestamptz,
  -- How often the provider was asked since it was given up.
  ADD COLUMN closing integer NOT NULL DEFAULT 0,
  ADD CONSTRAINT payments_closing_within CHECK (closing BETWEEN 0 AND 12);

ALTER TABLE payments.sandbox_charges ADD COLUMN cancelled_at timestamptz;

-- Whoever has a payment confirmed asks the provider in the request itself, also the sandbox.
GRANT SELECT (payment_id, settles_at, cancelled_at) ON payments.sandbox_charges TO souk_payments;
