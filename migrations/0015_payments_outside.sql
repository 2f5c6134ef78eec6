-- Where the customer comes back to from the provider's page, as the order remembers it between the
-- wish to pay and the checkout that makes the payment.
ALTER TABLE orders.orders
  ADD COLUMN payment_return_url text,
  ADD CONSTRAINT orders_return_url_length CHECK (length(payment_return_url) <= 2048);
