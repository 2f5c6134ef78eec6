-- How often a provider has refused for good to take what was promised. Whoever tries again does it
-- by another name, as providers repeat what they answered to one; after an outcome that nobody
-- knows it stays the same.
ALTER TABLE payments.payments
  ADD COLUMN refusals integer NOT NULL DEFAULT 0,
  ADD CONSTRAINT payments_refusals_positive CHECK (refusals >= 0);
