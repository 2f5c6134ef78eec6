package import Core

extension Currency: Bindable, Column {}
