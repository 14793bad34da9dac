import ModelGraph
public import Reports

extension ReportFigure {
  /// The figure at a path of the JSON report, such as `train.breakdown.gradients`.
  ///
  /// Sizes in a data type are named by it: `store.sizes.int8`.
  ///
  /// - Throws: ``RequestError/unknownFigure(key:known:)`` if the report has no number there.
  public static func at(
    _ path: String, in report: Report
  ) throws(RequestError) -> ReportFigure {
    if let type = path.dataTypeOfSize { return try size(in: type, of: report) }
    let known = (compared + training + [nodes]).first { $0.key == path }
    if let known { return known }
    switch report.json[path: path] {
    case .integer?, .null?: break
    default: throw .unknownFigure(key: path, known: report.json.numberPaths)
    }
    let isAmount = path.lowercased().hasSuffix("bytes") || path.hasPrefix("train.breakdown.")
    return ReportFigure(key: path, label: path, unit: isAmount ? .bytes : .count) { report in
      guard case .integer(let value)? = report.json[path: path] else { return nil }
      return value
    }
  }
}

extension String {
  fileprivate var dataTypeOfSize: DataType? {
    let prefix = "store.sizes."
    guard hasPrefix(prefix) else { return nil }
    return DataType(rawValue: String(dropFirst(prefix.count)))
  }
}

extension JSON {
  /// The value at a path of keys between dots.
  fileprivate subscript(path path: String) -> JSON? {
    path.split(separator: ".").reduce(self) { value, key in value?[String(key)] }
  }

  /// The paths of all whole numbers that stand in objects.
  fileprivate var numberPaths: [String] {
    guard case .object(let members) = self else { return [] }
    return members.flatMap { member -> [String] in
      if case .integer = member.value { return [member.key] }
      return member.value.numberPaths.map { "\(member.key).\($0)" }
    }
  }
}
