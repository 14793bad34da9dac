import ModelGraph

extension Device {
  /// Accelerators, with the total that the driver shows a program.
  ///
  /// That total is less than what nvidia-smi prints, and both are less than what the box says; it
  /// moves by a few megabytes between drivers. The CUDA context comes out of it; see ``DeviceFit``.
  static let gpus = [
    gpu("v100-16gb", "NVIDIA V100 16 GB", "7.0", ByteCount(16_945_512_448), .deviceQuery),
    gpu("v100-32gb", "NVIDIA V100 32 GB", "7.0", ByteCount(34_089_730_048), .deviceQuery),
    gpu("t4", "NVIDIA T4", "7.5", ByteCount(15_843_721_216), .deviceQuery),
    gpu("a10g", "NVIDIA A10G", "8.6", mebibytes(22_587), .torch),
    gpu("a100-40gb", "NVIDIA A100 40 GB", "8.0", ByteCount(42_298_834_944), .deviceQuery),
    gpu("a100-80gb", "NVIDIA A100 80 GB", "8.0", ByteCount(85_100_068_864), .deviceQuery),
    gpu("l4", "NVIDIA L4", "8.9", ByteCount(23_612_293_120), .deviceQuery),
    gpu("l40s", "NVIDIA L40S", "8.9", mebibytes(45_589), .torch),
    gpu("a10", "NVIDIA A10", "8.6", mebibytes(22_587), .likeA10G),
    gpu("h100-80gb", "NVIDIA H100 80 GB", "9.0", mebibytes(81_089), .torch),
    gpu("h200", "NVIDIA H200", "9.0", mebibytes(143_156), .torch),
    gpu("b200", "NVIDIA B200", "10.0", mebibytes(182_631), .torch),
    gpu("rtx-3060-12gb", "NVIDIA GeForce RTX 3060 12 GB", "8.6", mebibytes(11_931), .torch),
    gpu("rtx-3090", "NVIDIA GeForce RTX 3090", "8.6", mebibytes(24_259), .torch),
    gpu("rtx-4090", "NVIDIA GeForce RTX 4090", "8.9", ByteCount(25_250_627_584), .deviceQuery),
    gpu("rtx-5090", "NVIDIA GeForce RTX 5090", "12.0", mebibytes(32_122), .rtx5090),
    gpu(
      "jetson-orin-nano-8gb", "NVIDIA Jetson Orin Nano", "8.7", ByteCount(7_987_728_384), .jetson),
    gpu("jetson-orin-nx-16gb", "NVIDIA Jetson Orin NX", "8.7", ByteCount(16_136_011_776), .jetson),
    gpu("jetson-agx-orin-64gb", "NVIDIA AGX Orin", "8.7", ByteCount(65_893_089_280), .jetson),
  ]

  private enum Source: String {
    case deviceQuery = "total global memory printed by the CUDA sample deviceQuery"
    case torch = "total_memory of torch.cuda.get_device_properties"
    case likeA10G = "the A10G's total_memory in PyTorch; not published for the A10 itself"
    case rtx5090 =
      "31.37 GiB in PyTorch's message, https://github.com/Wan-Video/Wan2.1/issues/465"
    case jetson =
      "total global memory printed by the CUDA sample deviceQuery; shared with the processor"
  }

  private static func gpu(
    _ name: String, _ title: String, _ computeCapability: String, _ memory: ByteCount,
    _ source: Source
  ) -> Device {
    Device(
      name: name, title: title, kind: .gpu, usableMemory: memory,
      computeCapability: computeCapability, source: source.rawValue)
  }

  static func mebibytes(_ count: Int) -> ByteCount { ByteCount(count << 20) }
  static func kibibytes(_ count: Int) -> ByteCount { ByteCount(count << 10) }
}
