import Core
import Identity
import Testing

@Suite struct IdentityErrorTests {
  private static let all: [IdentityError] = [
    .emailTaken, .usernameTaken, .invalidCredentials, .accountDisabled, .invalidRefreshToken,
    .wrongPassword(field: "f"), .invalidToken, .alreadyVerified, .passwordTooWeak(field: "f"),
    .passwordTooCommon(field: "f"), .passwordLikeEmail(field: "f"), .noSuchUser, .noSuchSession,
    .noSuchAddress, .noSuchShipper, .profileAlreadyComplete, .tooManyAddresses, .halfAPlace,
    .alreadyShipper, .lastAdmin, .ownAccount, .tooManyAttempts(retryAfter: .seconds(3)),
  ]

  /// A client gets a slug to rely on and a sentence to read.
  @Test func eachSaysWhatIsWrong() {
    for error in Self.all {
      let slug = error.slug
      #expect(!slug.isEmpty && slug != "refused", "\(error)")
      #expect(slug.allSatisfy { $0.isLowercase || $0 == "_" }, "\(error)")
      #expect(error.message.hasSuffix(".") && error.message.first?.isUppercase == true, "\(error)")
    }
  }

  @Test func faultsOfAFieldNameIt() {
    for error in Self.all {
      guard case .invalid(let field) = error.kind else { continue }
      #expect(["f", "token", "lat"].contains(field), "\(error)")
    }
    #expect(
      IdentityError.tooManyAttempts(retryAfter: .seconds(3)).kind
        == .tooMany(retryAfter: .seconds(3)))
  }
}
