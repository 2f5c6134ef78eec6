-- Where a customer wants to come back to may be said while the order's checkout has opened no
-- payment yet. The order remembers it, as if it had been placed with it. Whoever calls this holds
-- the order's row from then on: a checkout that is just opening the payment has ended before.
CREATE FUNCTION orders_api.remember_return_url(of_order uuid, of_customer uuid, url text)
RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE orders.orders AS o SET payment_return_url = url
  WHERE o.id = of_order AND o.customer_id = of_customer
    AND o.status IN ('pending', 'awaiting_payment');
$$;

REVOKE EXECUTE ON FUNCTION orders_api.remember_return_url(uuid, uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION orders_api.remember_return_url(uuid, uuid, text) TO souk_payments;
