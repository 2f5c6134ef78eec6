package import Core

/// A value that can stand in an SQL interpolation.
package protocol Bindable {
  /// The type sent with the value, NULL included: a statement prepared for one call must fit the
  /// next.
  static var bindType: UInt32 { get }

  func bind(to binds: inout Binds)
}

extension String: Bindable {
  package static var bindType: UInt32 { TypeID.inferred }
  package func bind(to binds: inout Binds) { binds.appendText(self) }
}

extension CalendarDate: Bindable {
  package static var bindType: UInt32 { TypeID.inferred }
  package func bind(to binds: inout Binds) { binds.appendText(description) }
}

extension Int: Bindable {
  package static var bindType: UInt32 { TypeID.int8 }
  package func bind(to binds: inout Binds) { binds.append(Int64(self), type: TypeID.int8) }
}

extension Int64: Bindable {
  package static var bindType: UInt32 { TypeID.int8 }
  package func bind(to binds: inout Binds) { binds.append(self, type: TypeID.int8) }
}

extension Double: Bindable {
  package static var bindType: UInt32 { TypeID.float8 }
  package func bind(to binds: inout Binds) { binds.append(bitPattern, type: TypeID.float8) }
}

extension Bool: Bindable {
  package static var bindType: UInt32 { TypeID.bool }
  package func bind(to binds: inout Binds) {
    binds.append(self ? 1 as UInt8 : 0, type: TypeID.bool)
  }
}

extension UUID: Bindable {
  package static var bindType: UInt32 { TypeID.uuid }
  package func bind(to binds: inout Binds) { binds.append(bytes, type: TypeID.uuid) }
}

extension ID: Bindable {
  package static var bindType: UInt32 { TypeID.uuid }
  package func bind(to binds: inout Binds) { uuid.bind(to: &binds) }
}

extension Timestamp: Bindable {
  package static var bindType: UInt32 { TypeID.timestamptz }
  package func bind(to binds: inout Binds) {
    binds.append(microseconds - Self.postgresEpoch, type: TypeID.timestamptz)
  }

  /// Postgres counts from 2000-01-01.
  static var postgresEpoch: Int64 { 946_684_800_000_000 }
}

extension Optional: Bindable where Wrapped: Bindable {
  package static var bindType: UInt32 { Wrapped.bindType }
  package func bind(to binds: inout Binds) {
    switch self {
    case .some(let value): value.bind(to: &binds)
    case .none: binds.appendNull(type: Wrapped.bindType)
    }
  }
}

/// `enum Status: String, Bindable, Column` needs nothing more.
extension Bindable where Self: RawRepresentable, RawValue: Bindable {
  package static var bindType: UInt32 { RawValue.bindType }
  package func bind(to binds: inout Binds) { rawValue.bind(to: &binds) }
}
