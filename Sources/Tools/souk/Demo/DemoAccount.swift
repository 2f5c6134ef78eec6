/// The four who try the system out.
enum DemoAccount: String, CaseIterable {
  case admin, seller, customer, shipper

  var email: String { "\(rawValue)@souk.example" }

  var fullName: String {
    switch self {
    case .admin: "Amina Haddad"
    case .seller: "Selim Yilmaz"
    case .customer: "Clara Novak"
    case .shipper: "Sam Okafor"
    }
  }
}
