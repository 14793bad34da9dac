/// The form for programs, whose keys stay put.
public struct JSONForm: OutputForm {
  public init() {}

  public func write(_ subject: any Presentable) -> String { subject.json.text }
}
