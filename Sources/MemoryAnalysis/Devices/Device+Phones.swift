import ModelGraph

extension Device {
  /// Phones and tablets, with what one app gets before the system ends it.
  ///
  /// Apple publishes no figures; these were measured with a tool that allocates until it crashes,
  /// and differ between versions of iOS. Apps may ask for more:
  /// <https://developer.apple.com/documentation/bundleresources/entitlements/com.apple.developer.kernel.increased-memory-limit>.
  /// Android has no limit for native memory; its compatibility definition says what the smallest
  /// 64-bit phones leave to the system and all apps together.
  static let phones = [
    apple("iphone-8", "iPhone 8", 1364),
    apple("iphone-x", "iPhone X", 1392),
    apple("iphone-xr", "iPhone XR", 1792),
    apple("iphone-xs", "iPhone XS", 2040),
    apple("iphone-11", "iPhone 11", 2068),
    apple("iphone-11-pro-max", "iPhone 11 Pro Max", 2067),
    apple("ipad-10.2", "iPad 10.2″", 1844),
    apple("ipad-pro-11-2018", "iPad Pro 11″ (2018)", 2858),
    android("android-minimum", "Android phone, 64 bits, low density", 816),
    android("android-minimum-xhdpi", "Android phone, 64 bits, xhdpi", 944),
    android("android-minimum-400dpi", "Android phone, 64 bits, 400 dpi", 1280),
  ]

  private static func apple(_ name: String, _ title: String, _ megabytes: Int) -> Device {
    Device(
      name: name, title: title, kind: .phone, usableMemory: mebibytes(megabytes),
      source: "measured until the system ends the app, https://stackoverflow.com/a/15200855")
  }

  private static func android(_ name: String, _ title: String, _ megabytes: Int) -> Device {
    Device(
      name: name, title: title, kind: .phone, usableMemory: mebibytes(megabytes),
      source: "least memory for kernel and apps together, Android compatibility definition 7.6.1,"
        + " https://source.android.com/docs/compatibility/cdd")
  }
}
