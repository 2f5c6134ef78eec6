-- What was sold is counted by a consumer of the event log: all that was confirmed since it looked
-- last, together. In the transaction of each order, orders of one product waited for each other.

CREATE VIEW orders_api.sales AS
  SELECT i.order_id, i.product_id, i.quantity
  FROM orders.items AS i JOIN orders.orders AS o ON o.id = i.order_id
  WHERE o.confirmed_at IS NOT NULL;

GRANT SELECT ON orders_api.sales TO souk_scheduler;

-- What happened until now was counted.
INSERT INTO outbox.consumers (name)
SELECT 'sales' WHERE EXISTS (SELECT FROM outbox.positions);
INSERT INTO outbox.passes (consumer, position)
SELECT c.name, (SELECT max(t.position) FROM outbox.ticks AS t)
FROM outbox.consumers AS c WHERE c.name = 'sales';
