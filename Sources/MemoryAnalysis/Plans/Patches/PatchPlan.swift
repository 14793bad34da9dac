/// Running the first nodes of a network patch by patch, so that no whole early activation is live.
///
/// Lin et al., MCUNetV2: Memory-efficient Patch-based Inference for Tiny Deep Learning, 2021.
/// <https://arxiv.org/abs/2110.15352>
public struct PatchPlan: Hashable, Sendable {
  /// The last node that runs by patches.
  public var lastNode: String

  /// The patches along height and along width; one means layer by layer.
  public var patches: Int

  /// The most bytes live at once, while patches run and after.
  public var patchPeakBytes: Int
  public var tailPeakBytes: Int

  /// The most bytes that one layer reads and makes, as the paper counts: what a skip connection
  /// holds meanwhile is left out.
  public var layerPeakBytes: Int

  /// The multiply-accumulates that overlapping patches do more than once.
  public var extraMACs: Int

  public var peakBytes: Int { max(patchPeakBytes, tailPeakBytes) }
}
