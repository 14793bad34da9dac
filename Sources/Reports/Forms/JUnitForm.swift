/// The form for the test reports of build servers: a suite for each model, a case for each limit.
/// <https://github.com/testmoapp/junitxml>
public struct JUnitForm: Sendable {
  public var style: NumberStyle

  public init(style: NumberStyle = NumberStyle()) { self.style = style }

  public func write(_ list: CheckList) -> String {
    let suites = list.checks.map(suite)
    let cases = list.checks.map(\.limits.count).reduce(0, +)
    let failures = list.checks.map(\.failureCount).reduce(0, +)
    let document: Markup = """
      <?xml version="1.0" encoding="UTF-8"?>
      <testsuites name="memfit" tests="\(cases)" failures="\(failures)" errors="0">
      \(suites)</testsuites>

      """
    return document.text
  }

  private func suite(_ check: Check) -> Markup {
    """
    <testsuite name="\(check.model.name)" tests="\(check.limits.count)" \
    failures="\(check.failureCount)" errors="0" skipped="0">
    \(check.limits.map { testCase($0, of: check) })</testsuite>

    """
  }

  private func testCase(_ limit: Check.Limit, of check: Check) -> Markup {
    let sentence = limit.verdict(style).sentence
    let failure: Markup =
      limit.holds ? "" : "<failure message=\"\(sentence)\" type=\"limit\">\(sentence)</failure>"
    return """
      <testcase classname="memfit.\(check.model.name)" name="\(limit.key)">\(failure)</testcase>

      """
  }
}

extension Check {
  fileprivate var failureCount: Int { limits.count { !$0.holds } }
}
