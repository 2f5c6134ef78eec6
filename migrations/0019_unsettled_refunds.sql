-- What a refund waits for that its provider does not give yet, in words: orders tell it in their
-- timeline.
ALTER TABLE payments.refunds
  ADD COLUMN waiting_for text,
  ADD CONSTRAINT refunds_waiting_length CHECK (length(waiting_for) BETWEEN 1 AND 200);

CREATE VIEW payments_api.refunds AS
  SELECT r.id, p.order_id, p.provider, r.status, r.waiting_for, r.due_at, r.created_at
  FROM payments.refunds AS r JOIN payments.payments AS p ON p.id = r.payment_id
  WHERE p.order_id IS NOT NULL;

GRANT SELECT ON payments_api.refunds TO souk_orders;
