package import Core
package import HTTP
package import JSON
internal import Postgres

package enum ShopStatus: String, CaseIterable, Sendable, Encodable, Bindable, Column {
  case active, paused, banned, archived

  /// Whether anybody may see the shop. A paused one is seen, its products are not.
  var isPublic: Bool { self == .active || self == .paused }
}

package struct Shop: Encodable, Sendable {
  package let id: ShopID
  package let name: String
  package let slug: String
  @ExplicitNull package var description: String?
  package let currency: Currency
  @ExplicitNull package var avatarUrl: String?
  @ExplicitNull package var bannerUrl: String?
  @ExplicitNull package var phone: String?
  @ExplicitNull package var email: String?
  package let owner: Owner
  package let status: ShopStatus
  package let ratingAverage: Double
  package let ratingCount: Int
  package let createdAt: Timestamp
  package let version: Int

  package struct Owner: Encodable, Sendable {
    package let id: UserID
    package let fullName: String
  }

  private enum CodingKeys: String, CodingKey {
    case id, name, slug, description, currency, avatarUrl, bannerUrl, phone, email, owner, status
    case ratingAverage, ratingCount, createdAt
  }

  /// In the order of `ShopStore.columns`.
  init(_ row: inout Row) throws {
    id = try row.next()
    name = try row.next()
    slug = try row.next()
    _description = ExplicitNull(wrappedValue: try row.next())
    currency = try row.next()
    _avatarUrl = ExplicitNull(wrappedValue: try row.next())
    _bannerUrl = ExplicitNull(wrappedValue: try row.next())
    _phone = ExplicitNull(wrappedValue: try row.next())
    _email = ExplicitNull(wrappedValue: try row.next())
    owner = Owner(id: try row.next(), fullName: try row.next())
    status = try row.next()
    ratingAverage = try row.next()
    ratingCount = try row.next()
    createdAt = try row.next()
    version = try row.next()
  }
}

/// What somebody says of the shop they open.
package struct ShopDetails: Sendable {
  package let name: String
  package let currency: Currency
  package let description: String?
  package let avatarUrl: String?
  package let bannerUrl: String?
  package let phone: String?
  package let email: String?

  package init(
    name: String, currency: Currency, description: String?, avatarUrl: String?,
    bannerUrl: String?, phone: String?, email: String?
  ) {
    self.name = name
    self.currency = currency
    self.description = description
    self.avatarUrl = avatarUrl
    self.bannerUrl = bannerUrl
    self.phone = phone
    self.email = email
  }
}

/// What a PUT may change about a shop. The currency stays: prices are said in it.
package struct ShopChanges: Sendable {
  package let name: Change<String>
  package let description: Change<String?>
  package let avatarUrl: Change<String?>
  package let bannerUrl: Change<String?>
  package let phone: Change<String?>
  package let email: Change<String?>
  package let currency: Currency?
  package let status: ShopStatus?
  package let reason: String?

  package init(
    name: Change<String>, description: Change<String?>, avatarUrl: Change<String?>,
    bannerUrl: Change<String?>, phone: Change<String?>, email: Change<String?>,
    currency: Currency?, status: ShopStatus?, reason: String?
  ) {
    self.name = name
    self.description = description
    self.avatarUrl = avatarUrl
    self.bannerUrl = bannerUrl
    self.phone = phone
    self.email = email
    self.currency = currency
    self.status = status
    self.reason = reason
  }

  func applied(to shop: Shop) -> ShopDetails {
    ShopDetails(
      name: name.applied(to: shop.name), currency: shop.currency,
      description: description.applied(to: shop.description),
      avatarUrl: avatarUrl.applied(to: shop.avatarUrl),
      bannerUrl: bannerUrl.applied(to: shop.bannerUrl), phone: phone.applied(to: shop.phone),
      email: email.applied(to: shop.email))
  }
}
