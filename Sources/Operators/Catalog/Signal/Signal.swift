// Fourier transforms and what is used with them.

import ModelGraph

extension OperatorDefinition {
  static let signal: [OperatorDefinition] = [
    fourierTransform, shortTimeFourierTransform, blackmanWindow, hammingWindow, hannWindow,
    melWeightMatrix,
  ]

  /// The discrete Fourier transform along an axis; the last axis holds the parts of each number.
  public static let fourierTransform = OperatorDefinition(
    "DFT",
    shape: .fourierTransform,
    gradients: [.of(0)],
    work: .fourierTransform,
    example: .float32(
      [1, 10, 10, 1], attributes: ["onesided": .integer(1)], gives: [1, 10, 6, 2]))

  /// The Fourier transform of frames of a signal.
  public static let shortTimeFourierTransform = OperatorDefinition(
    "STFT",
    shape: .shortTimeFourierTransform,
    gradients: [.of(0, reads: .input(2)), .of(2, reads: .input(0))],
    work: .fourierTransform,
    example: Example(
      OperatorCall(
        [
          .tensor(.float32, [1, 128, 1]), .tensor(.int64, []), .tensor(.float32, [16]),
        ],
        values: [nil, TensorValue(scalar: 8), nil]),
      [.tensor(.float32, [1, 15, 9, 2])]))

  public static let blackmanWindow = window("BlackmanWindow")
  public static let hammingWindow = window("HammingWindow")
  public static let hannWindow = window("HannWindow")

  /// The matrix that turns a spectrum into mel bins.
  public static let melWeightMatrix = OperatorDefinition(
    "MelWeightMatrix",
    shape: .melWeightMatrix,
    work: .perOutputElement(4),
    example: Example(
      OperatorCall(
        [
          .tensor(.int32, []), .tensor(.int32, []), .tensor(.int32, []), .tensor(.float32, []),
          .tensor(.float32, []),
        ],
        values: [TensorValue(scalar: 8), TensorValue(scalar: 16), nil, nil, nil]),
      [.tensor(.float32, [9, 8])]))

  private static func window(_ name: OperatorName) -> OperatorDefinition {
    OperatorDefinition(
      name,
      shape: .signalWindow,
      work: .perOutputElement(4),
      example: Example(
        OperatorCall([.tensor(.int64, [])], values: [TensorValue(scalar: 400)]),
        [.tensor(.float32, [400])]))
  }
}
