public import ModelGraph
extension MemFit { public static func tensor(at path: String) throws(RequestError) -> TensorValue { throw .tensorFile(path: path, reason: "-") } }
