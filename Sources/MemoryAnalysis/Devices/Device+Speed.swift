extension Device {
  /// What a device computes and moves in a second at most.
  struct Speed {
    /// Operations on single-precision numbers.
    var single: Double

    /// Operations of matrix products on half-precision numbers, sums in single precision, dense.
    var half: Double

    /// Bytes to and from the device's memory.
    var bandwidth: Double
  }

  /// The speed by the maker's data sheet; `nil` if it is not known here.
  var speed: Speed? {
    Self.speeds[name].map {
      Speed(single: $0.single * 1e12, half: $0.half * 1e12, bandwidth: $0.bandwidth * 1e9)
    }
  }

  /// 10¹² operations and 10⁹ bytes a second, from NVIDIA's data sheets and architecture papers.
  ///
  /// Compared with reprints of the data sheets of H200, B200, L4, L40S, RTX 4090 and RTX 5090: equal.
  private static let speeds: [String: (single: Double, half: Double, bandwidth: Double)] = [
    "v100-16gb": (15.7, 125, 900), "v100-32gb": (15.7, 125, 900), "t4": (8.1, 65, 320),
    "a10": (31.2, 125, 600), "a10g": (31.5, 70, 600), "a100-40gb": (19.5, 312, 1555),
    "a100-80gb": (19.5, 312, 2039), "l4": (30.3, 121, 300), "l40s": (91.6, 362, 864),
    "h100-80gb": (66.9, 989, 3350), "h200": (66.9, 989, 4800), "b200": (80, 2250, 8000),
    "rtx-3060-12gb": (12.7, 25.5, 360), "rtx-3090": (35.6, 71, 936),
    "rtx-4090": (82.6, 165.2, 1008), "rtx-5090": (104.8, 209.5, 1792),
  ]
}
