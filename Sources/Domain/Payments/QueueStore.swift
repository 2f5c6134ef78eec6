internal import Core
internal import Postgres

/// Who is to be asked, and when. Whoever takes a row moves it past the longest call and counts its
/// fence up: one who dies leaves it to the next, and one who comes late finds the fence moved.
enum QueueStore {
  static func claimPayment(
    of provider: ProviderName, at now: Timestamp, lease: Duration
  ) -> Query<Payment> {
    Query(
      """
      UPDATE payments.payments AS p
      SET due_at = \(now + lease), asking_until = \(now + lease), fence = p.fence + 1,
          asked = LEAST(p.asked + 1, p.asked_most),
          closing = LEAST(p.closing + (p.status IN ('cancelled', 'failed'))::integer,
                          \(Questions.closingMost)::integer)
      WHERE p.id = (
        SELECT d.id FROM payments.payments AS d
        WHERE d.provider = \(provider) AND d.due_at <= \(now)
        ORDER BY d.due_at
        LIMIT 1
        FOR NO KEY UPDATE SKIP LOCKED)
      RETURNING \(PaymentStore.columns)
      """
    ) { row in try Payment(&row) }
  }

  /// For whoever waits for the answer: one question more than there were, with an end to it. No row
  /// where somebody is asking already, or there is nothing to ask.
  static func claimPayment(
    _ id: PaymentID, for reader: PaymentReader, at now: Timestamp, lease: Duration
  ) -> Query<Payment> {
    Query(
      """
      UPDATE payments.payments AS p
      SET due_at = \(now + lease), asking_until = \(now + lease), fence = p.fence + 1,
          asked = p.asked + 1, asked_most = GREATEST(p.asked_most, p.asked + 1)
      WHERE \(PaymentStore.mayBeAsked(id, by: reader))
        AND (p.asking_until IS NULL OR p.asking_until <= \(now))
      RETURNING \(PaymentStore.columns)
      """
    ) { row in try Payment(&row) }
  }

  static func token(
    of method: PaymentMethodID?, at provider: ProviderName, for customer: UserID
  ) -> Query<String> {
    Query(
      """
      SELECT m.token FROM payments.methods AS m
      WHERE m.id = \(method) AND m.user_id = \(customer) AND m.provider = \(provider)
      """
    ) { row in try row.next() }
  }

  /// What was learned of a payment, whatever its state. What is known stays known. `asked` is when
  /// the question for it was begun, where it was asked for.
  static func note(
    _ answer: ProviderAnswer, of payment: Payment, isCreated: Bool, asked: Timestamp? = nil,
    at now: Timestamp, in transaction: Transaction
  ) {
    transaction.enqueue(
      """
      UPDATE payments.payments SET is_created = is_created OR \(isCreated),
        last_error = \(answer.refusal?.storable(500)), asking_until = NULL,
        known_at = COALESCE(\(asked)::timestamptz, known_at),
        refusals = refusals + \(answer.refusal == nil ? 0 : 1),
        provider_reference = COALESCE(\(answer.reference?.storable(200)), provider_reference),
        redirect_url = COALESCE(\(answer.redirectURL?.storable(4000)), redirect_url),
        client_secret = COALESCE(\(answer.clientSecret?.storable(1000)), client_secret),
        qr_code_url = COALESCE(\(answer.qrCodeURL?.storable(4000)), qr_code_url),
        version = version + 1, updated_at = \(now)
      WHERE id = \(payment.id)
      """)
  }

  /// Nothing was learned. Not where somebody else has taken over since. `closing` is the next time
  /// for one that was given up, perhaps while it was asked about, or that had failed.
  static func postpone(
    _ payment: Payment, until due: Timestamp?, closing: Timestamp?, fault: String
  ) -> SQL {
    """
    UPDATE payments.payments
    SET due_at = CASE WHEN status = 'pending' THEN \(due)::timestamptz
                      WHEN status IN ('cancelled', 'failed') THEN \(closing)::timestamptz END,
        asking_until = NULL, last_error = \(fault.storable(500))
    WHERE id = \(payment.id) AND fence = \(payment.fence)
    """
  }

  static func claimRefund(
    of provider: ProviderName, at now: Timestamp, lease: Duration
  ) -> Query<Refund> {
    Query(
      """
      UPDATE payments.refunds AS r
      SET due_at = \(now + lease), asked = LEAST(r.asked + 1, r.asked_most), fence = r.fence + 1
      WHERE r.id = (
        SELECT d.id FROM payments.refunds AS d
        JOIN payments.payments AS p ON p.id = d.payment_id
        WHERE d.due_at <= \(now) AND p.provider = \(provider)
        ORDER BY d.due_at
        LIMIT 1
        FOR NO KEY UPDATE OF d SKIP LOCKED)
      RETURNING \(RefundStore.columns)
      """
    ) { row in try Refund(&row) }
  }

  static func find(_ payment: PaymentID) -> Query<Payment> {
    Query("SELECT \(PaymentStore.columns) FROM payments.payments AS p WHERE p.id = \(payment)") {
      row in try Payment(&row)
    }
  }

  static func postpone(
    _ refund: Refund, until due: Timestamp?, reference: String? = nil,
    waitingFor: String? = nil, fault: String? = nil
  ) -> SQL {
    """
    UPDATE payments.refunds
    SET due_at = \(due), last_error = \(fault?.storable(500)),
        waiting_for = \(waitingFor?.storable(200)),
        provider_reference = COALESCE(\(reference?.storable(200)), provider_reference)
    WHERE id = \(refund.id) AND fence = \(refund.fence) AND status = 'pending'
    """
  }

  /// Those that say something else. Nothing but that is written: they keep their questions.
  static func notePayments(
    of providers: [ProviderName], _ fault: String, dueBefore time: Timestamp, limit: Int
  ) -> SQL {
    """
    UPDATE payments.payments AS p SET last_error = \(fault)
    WHERE p.id IN (
      SELECT d.id FROM payments.payments AS d
      WHERE d.provider = ANY (\(providers.map(\.rawValue))::text[]) AND d.due_at < \(time)
        AND d.last_error IS DISTINCT FROM \(fault)
      ORDER BY d.id
      LIMIT \(limit)
      FOR NO KEY UPDATE SKIP LOCKED)
    """
  }

  /// The same.
  static func noteRefunds(
    of providers: [ProviderName], _ fault: String, dueBefore time: Timestamp, limit: Int
  ) -> SQL {
    """
    UPDATE payments.refunds AS r SET last_error = \(fault)
    WHERE r.id IN (
      SELECT d.id FROM payments.refunds AS d
      JOIN payments.payments AS p ON p.id = d.payment_id
      WHERE p.provider = ANY (\(providers.map(\.rawValue))::text[]) AND d.due_at < \(time)
        AND d.last_error IS DISTINCT FROM \(fault)
      ORDER BY d.id
      LIMIT \(limit)
      FOR NO KEY UPDATE OF d SKIP LOCKED)
    """
  }
}
