import MemFit

/// The plan of a file that holds no model but buffers or tasks.
struct PlanFileAnswer: Presentable {
  let file: String

  /// What the file holds, such as `12 buffers`.
  let contents: String
  let plan: PlanAnswer

  func page(_ style: NumberStyle) -> Page {
    Page(title: file, subtitle: contents, sections: plan.sections(style))
  }

  var json: JSON { ["memfit": .string(MemFit.version), "plan": plan.json] }
}
