import ModelGraph

extension SizeLimit {
  /// The limits that app stores publish.
  public static let catalog = [
    SizeLimit(
      name: "google-play", title: "Google Play, base module, compressed download",
      bytes: 200_000_000, source: googlePlay),
    SizeLimit(
      name: "google-play-asset-pack", title: "Google Play, one asset pack, compressed download",
      bytes: 1_500_000_000, source: googlePlay),
    SizeLimit(
      name: "google-play-total", title: "Google Play, modules and install-time asset packs",
      bytes: 4_000_000_000, source: googlePlay),
    SizeLimit(
      name: "app-store-cellular",
      title: "App Store, download over cellular without being asked (default setting)",
      bytes: 200_000_000, source: "https://support.apple.com/guide/iphone/iphf56c3bcb2/ios"),
    SizeLimit(
      name: "app-store", title: "App Store, uncompressed app", bytes: 4_000_000_000,
      source: appStore),
    SizeLimit(
      name: "app-clip", title: "App Clip, iOS 17 and later, digital invocations only",
      bytes: 100_000_000, source: appStore),
    SizeLimit(
      name: "app-clip-ios16", title: "App Clip, iOS 16", bytes: 15_000_000, source: appStore),
    SizeLimit(
      name: "apple-watch", title: "Apple Watch app", bytes: 75_000_000, source: appStore),
  ]

  private static let googlePlay =
    "https://support.google.com/googleplay/android-developer/answer/9859372"
  private static let appStore =
    "https://developer.apple.com/help/app-store-connect/reference/maximum-build-file-sizes"
}
