/// FNV-1a over lines, in sixteen digits, as the scripts that make fixtures compute it.
public func digest(_ lines: [String]) -> String {
  var hash: UInt64 = 0xcbf2_9ce4_8422_2325
  for line in lines {
    for byte in line.utf8 + [10] { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
  }
  let digits = String(hash, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}
