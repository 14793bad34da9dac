/// The multiple of `divisor` closest to a scaled number of channels, at most a tenth below it.
///
/// The rule of the MobileNets' code: <https://github.com/tensorflow/models/blob/master/research/slim/nets/mobilenet/mobilenet.py>
func divisibleChannels(_ channels: Double, by divisor: Int = 8) -> Int {
  let rounded = max(divisor, Int(channels + Double(divisor) / 2) / divisor * divisor)
  return Double(rounded) < 0.9 * channels ? rounded + divisor : rounded
}
