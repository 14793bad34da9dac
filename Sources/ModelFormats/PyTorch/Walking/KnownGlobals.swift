/// Classes and functions that pickles of checkpoints name.
enum KnownGlobals {
  /// Whether it makes plain data, so that nothing is left open.
  static func isPlain(_ name: String) -> Bool {
    plain.contains(name) || plainPrefixes.contains { name.hasPrefix($0) }
  }

  /// Whether calling it could do harm.
  static func isUnsafe(_ name: String) -> Bool {
    let parts = name.split(separator: ".")
    guard let module = parts.first, let last = parts.last else { return false }
    if ["builtins", "__builtin__"].contains(module) { return unsafeBuiltins.contains(last) }
    return unsafeModules.contains(module)
  }

  private static let plain: Set<String> = [
    "collections.OrderedDict", "collections.defaultdict", "collections.Counter",
    "collections.deque", "builtins.set", "builtins.frozenset", "builtins.list", "builtins.dict",
    "builtins.tuple", "builtins.bytearray", "builtins.bytes", "builtins.slice", "builtins.range",
    "builtins.complex", "builtins.object", "builtins.int", "builtins.float", "builtins.str",
    "builtins.bool", "__builtin__.set", "__builtin__.frozenset", "__builtin__.list",
    "__builtin__.dict", "__builtin__.object", "__builtin__.bytearray", "__builtin__.complex",
    "__builtin__.slice", "__builtin__.xrange", "torch.Size", "torch.device", "torch.Generator",
    "torch.serialization._get_layout", "torch.torch_version.TorchVersion", "_codecs.encode",
    "argparse.Namespace", "types.SimpleNamespace", "datetime.datetime", "datetime.date",
    "datetime.timedelta", "datetime.timezone", "uuid.UUID", "numpy.dtype", "numpy.ndarray",
    "torch.storage._load_from_bytes", "torch.storage.TypedStorage",
    "torch.jit._pickle.restore_type_tag", "torch.jit._pickle.build_intlist",
    "torch.jit._pickle.build_tensorlist", "torch.jit._pickle.build_doublelist",
    "torch.jit._pickle.build_boollist", "torch.utils.hooks._unpickle_hook", "torch.ScriptObject",
    "torch._C.ScriptObject",
  ]

  private static let plainPrefixes = ["pathlib.", "torch.dtype", "numpy.random."]

  private static let unsafeBuiltins: Set<Substring> = [
    "eval", "exec", "execfile", "compile", "open", "__import__", "getattr", "setattr", "delattr",
    "globals", "locals", "vars", "apply", "input", "breakpoint", "map", "filter",
  ]

  private static let unsafeModules: Set<Substring> = [
    "os", "posix", "nt", "subprocess", "sys", "socket", "shutil", "runpy", "importlib", "ctypes",
    "webbrowser", "pty", "platform", "commands", "asyncio", "multiprocessing", "signal", "pickle",
    "_pickle", "marshal", "code", "codeop", "timeit", "cProfile", "pdb", "bdb", "httplib",
    "urllib", "requests", "tempfile", "glob", "pip", "operator", "_operator", "imp",
  ]
}
