"""Hostile files of PyTorch: pickles in archives, streams of old, and archives themselves."""
from wire import *

DEFLATED = zipfile.ZIP_DEFLATED
DATA = [("m/data/0", bytes(16))]
CALL = b"os\nsystem\n"


def saved(pickle, extra=(), method=zipfile.ZIP_STORED):
    members = [("m/data.pkl", pickle), ("m/version", b"3\n"), ("m/byteorder", b"little"), *extra]
    return archive(members, method)


def holding(**items):
    return saved(dictionary(**items), DATA)


def doubling(make, levels=40):
    """Objects that each hold the one before twice."""
    pickle = HEAD
    for level in range(levels + 1):
        pickle += make(level)
    return pickle + b"."


def lists(level):
    slot = bytes([level])
    if level == 0:
        return b"]q\0" + tensor() + b"a"
    before = bytes([level - 1])
    return b"]q" + slot + (b"h" + before + b"a") * 2


def dictionaries(level):
    slot = bytes([level])
    if level == 0:
        return b"}q\0" + text("a") + tensor() + b"s"
    before = b"h" + bytes([level - 1])
    return b"}q" + slot + b"(" + text("x") + before + text("y") + before + b"u"


def parameter_of(value, depth):
    for _ in range(depth):
        value = named("torch._utils", "_rebuild_parameter") + tuple_of(value, b"\x88N") + b"R"
    return value


def array_of(sizes):
    made = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R"
    type = b"cnumpy\ndtype\n(X\x02\0\0\0f4K\x00K\x01tR(K\x03X\x01\0\0\0<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    return made + b"(K\x01" + tuple_of(*map(integer, sizes)) + type + b"\x89C\x04abcdtb"


def tensors():
    yield "plain", holding(a=tensor())
    for name, arguments in {
        "size_negative": dict(sizes=(-4,)), "size_largest": dict(sizes=(2**62, 4)),
        "stride_negative": dict(strides=(-1,)), "stride_largest": dict(strides=(2**62,)),
        "offset_largest": dict(offset=2**63 - 1), "offset_negative": dict(offset=-1),
        "rank": dict(sizes=(1,) * 10_000, strides=(1,) * 10_000), "strides_few": dict(sizes=(2, 2)),
        "stride_zero": dict(sizes=(2**40,), strides=(0,)), "beyond": dict(sizes=(400,)),
    }.items():
        yield name, holding(a=tensor(**arguments))
    yield "count_largest", holding(a=tensor(storage(count=2**63 - 1)))
    yield "count_beyond", holding(a=tensor(storage(count=2**64 - 1)))
    yield "counts_differ", holding(a=tensor(storage(count=4)), b=tensor(storage(count=400)))
    yield "kinds_differ", holding(a=tensor(storage()), b=tensor(storage(kind="LongStorage")))
    yield "kind_unknown", holding(a=tensor(storage(kind="EvilStorage")))
    yield "key_escapes", holding(a=tensor(storage("../../../etc/passwd")))
    yield "view_of_storage", holding(a=tensor(storage(view=tuple_of(text("v"), integer(2**62), integer(2**62)))))
    yield "parameters_deep", holding(a=parameter_of(tensor(), 1000))
    yield "array_large", saved(HEAD + array_of((2**62, 2**62)) + b".")
    sparse = tensor() + tensor() + tuple_of(integer(2**40), integer(2**40))
    yield "sparse", holding(a=named("torch._utils", "_rebuild_sparse_tensor") + tuple_of(b"N", tuple_of(sparse)) + b"R")
    quantised = tuple_of(storage(), integer(0), tuple_of(integer(4)), tuple_of(integer(1)), tuple_of(b"N"), b"\x89N")
    yield "quantised", holding(a=named("torch._utils", "_rebuild_qtensor") + quantised + b"R")
    yield "doubling_lists", saved(doubling(lists), DATA)
    yield "doubling_dictionaries", saved(doubling(dictionaries), DATA)
    yield "written_identifier", saved(b"(lp0\n" + (b"(P('storage', <class 'torch.FloatStorage'>, '0', 'cpu', 9)\nt" * 9) + b".", DATA)
    yield "written_identifier_long", saved(b"P" + b"('storage', " * 80_000 + b"\n.", DATA)


def calls():
    order, quoted = text(ORDER), f"S'{ORDER}'\n".encode()
    yield "reduce", HEAD + b"c" + CALL + order + b"\x85R."
    yield "getattr", HEAD + named("builtins", "getattr") + named("builtins", "eval") + order + b"\x86R" + order + b"\x85R."
    yield "state", HEAD + named("torch.nn", "Module") + b")\x81}" + text("__dict__") + b"c" + CALL + b"sb."
    yield "instance", b"(" + quoted + b"i" + CALL + b"."
    yield "object", b"(c" + CALL + quoted + b"o."
    yield "new_object", b"\x80\x04c" + CALL + b")}\x92."
    yield "stack_global", b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x01a\x85R."
    yield "extensions", HEAD + b"\x82\x01\x83\x01\x01\x84\x01\x01\x01\x01."
    yield "itself", HEAD + named("torch._utils", "_rebuild_parameter") + b"]q\x00h\x00a\x85R."
    yield "list_in_itself", HEAD + b"]q\x00h\x00a."
    yield "dictionary_in_itself", HEAD + b"}q\x00" + text("a") + b"h\x00s."
    yield "identifier_in_itself", HEAD + b"]q\x00h\x00Q."


def opcodes():
    yield "memo_far", HEAD + b"".join(b"Nr" + u32(i * 1000) for i in range(40_000)) + b"."
    yield "memo_largest", HEAD + b"Nr\xff\xff\xff\xff."
    yield "memo_written", b"Np99999999999999999999\n."
    yield "long_negative", HEAD + b"\x8b\xff\xff\xff\xff."
    yield "long_large", HEAD + b"\x8b" + u32(1 << 20) + b"\x7f" * (1 << 20) + b"."
    for name, line in {"long": b"L" + b"9" * 2_000_000 + b"L", "integer": b"I" + b"9" * 1000,
                       "float": b"F" + b"9" * 100_000 + b"e99999", "string": b"S'" + b"\\x41" * 250_000 + b"'",
                       "unicode": b"V" + b"\\ud800" * 100_000, "class": b"c" + b"x" * 2_000_000 + b"\ny"}.items():
        yield f"line_{name}", line + b"\n."
    yield "lists_deep", HEAD + b"]" * 700_000 + b"a" * 699_999 + b"."
    yield "tuples_deep", HEAD + b")" + b"\x85" * 700_000 + b"."
    yield "dictionaries_deep", HEAD + (b"}" + text("a")) * 300_000 + b"N" + b"s" * 300_000 + b"."
    yield "marks", HEAD + b"(" * 2_000_000 + b"."
    yield "pops", HEAD + b"0" * 100 + b"."
    yield "duplicates", HEAD + b"N" + b"2" * 3_000_000 + b"."
    yield "nothings", HEAD + b"N0" * 4_000_000 + b"N."
    yield "frame", b"\x80\x04\x95" + u64(2**64 - 1) + b"N."
    yield "bytes_63", b"\x80\x04\x8e" + u64(1 << 63) + b"."
    yield "bytearray_64", b"\x80\x05\x96" + u64(2**64 - 1) + b"."
    yield "buffers", b"\x80\x05\x97\x98."
    yield "protocol_9", b"\x80\x09N."


def streams():
    start = (HEAD + b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19." + HEAD + b"M\xe9\x03." + HEAD + b"}q\x00("
             + text("protocol_version") + b"M\xe9\x03" + text("little_endian") + b"\x88" + text("type_sizes")
             + b"}(" + text("short") + b"K\x02" + text("int") + b"K\x04" + text("long") + b"K\x04uu.")
    body = dictionary(a=tensor(storage(view=b"N")))
    keys = HEAD + b"]" + text("0") + b"a."
    for name, count in {"plain": 4, "negative": -1, "largest": 2**62}.items():
        yield f"stream_{name}", start + body + keys + struct.pack("<q", count) + bytes(16)
    yield "stream_many_keys", start + body + HEAD + b"](" + text("0") * 100_000 + b"e." + bytes(100)
    yield "stream_no_keys", start + body + HEAD + b"N."
    yield "stream_big_endian", start.replace(b"\x88", b"\x89") + body + keys + struct.pack(">q", 4) + bytes(16)


def archives():
    plain = archive([("m/data.pkl", dictionary(a=tensor())), *DATA, ("m/version", b"3\n")])
    directory, end = plain.find(b"PK\1\2"), plain.find(b"PK\5\6")

    def poked(offset, form, *values):
        data = bytearray(plain)
        struct.pack_into(form, data, offset, *values)
        return data

    def at_member(offset, form, *values):
        return poked(directory + offset, form, *values)

    yield "directory_size", poked(end + 12, "<I", 0xFFFFFFFE)
    yield "directory_offset", poked(end + 16, "<I", 0xFFFFFFFE)
    yield "count_largest", poked(end + 8, "<HH", 0xFFFE, 0xFFFE)
    yield "count_zero", poked(end + 8, "<HH", 0, 0)
    yield "disks", poked(end + 4, "<HH", 5, 5)
    yield "name_length", at_member(28, "<H", 0xFFFF)
    yield "extra_length", at_member(30, "<H", 0xFFFF)
    yield "packed_size", at_member(20, "<I", 0x7FFFFFFF)
    yield "plain_size", at_member(24, "<I", 0x7FFFFFFF)
    yield "member_offset", at_member(42, "<I", end)
    yield "sizes_elsewhere", at_member(20, "<II", 0xFFFFFFFF, 0xFFFFFFFF)
    for method in (9, 12, 14, 93, 99):
        yield f"method_{method}", at_member(10, "<H", method)
    yield "encrypted", at_member(8, "<H", 1)
    yield "local_name", poked(30, "<B", 0x41)
    yield "local_name_length", poked(26, "<H", 60_000)
    yield "two_ends", plain + plain[end:]
    yield "end_in_comment", poked(end + 20, "<H", 22) + plain[end:end + 22]
    yield "end_alone", b"PK\3\4" + plain[end:]
    yield "junk_before", b"PK\3\4junk" * 100 + plain
    yield "junk_after", plain + bytes(70_000)
    shared = bytearray(plain)
    for offset in range(directory, end - 46):
        if shared[offset:offset + 4] == b"PK\1\2":
            struct.pack_into("<I", shared, offset + 42, 0)
    yield "one_place", shared

    def wide(patch=None, place=end):
        record = bytearray(struct.pack(
            "<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, 3, 3, end - directory, directory))
        if patch:
            struct.pack_into("<Q", record, *patch)
        locator = struct.pack("<IIQI", 0x07064B50, 0, place, 1)
        data = plain[:end] + record + locator + plain[end:]
        struct.pack_into("<HHII", data, len(data) - 14, 0xFFFF, 0xFFFF, 2**32 - 1, 2**32 - 1)
        return data

    yield "wide_plain", wide()
    yield "wide_count", wide((32, 1 << 62))
    yield "wide_size", wide((40, 2**64 - 1))
    yield "wide_offset", wide((48, 2**63 - 1))
    yield "wide_record", wide((4, 2**64 - 1))
    yield "wide_place", wide(place=2**63 - 1)
    yield "wide_itself", wide(place=end + 56)
    yield "twice", archive([("m/data.pkl", dictionary(a=tensor())), ("m/data.pkl", HEAD + b"}."), *DATA])
    yield "two_roots", archive([("m/data.pkl", dictionary(a=tensor())), ("n/data.pkl", HEAD + b"}."), *DATA])
    yield "many_members", archive([("m/data.pkl", HEAD + b"}.")] + [(f"m/data/{i}", b"") for i in range(60_000)])
    yield "unpacks_large", archive([("m/data.pkl", HEAD + b"N0" * (250 << 20) + b"N.")], DEFLATED)
    yield "unpacks_larger", archive([("m/data.pkl", HEAD + b"N0" * (10 << 20) + b"N.")], DEFLATED)
    yield "above", archive([("../m/data.pkl", HEAD + b"}.")])
    yield "absolute", archive([("/m/data.pkl", HEAD + b"}.")])
    yield "empty", archive([])
    yield "script_deep", archive([
        ("m/data.pkl", HEAD + b"c__torch__\nA\n)\x81}sb."), ("m/constants.pkl", HEAD + b").") ,
        ("m/code/__torch__.py", b"class A(Module):\n" + b"  x : Optional[" * 100_000)])


def files():
    for name, pickle in (*calls(), *opcodes()):
        yield f"{name}.pt", saved(pickle)
        yield f"{name}.pkl", pickle
    for name, data in (*tensors(), *streams(), *archives()):
        yield f"{name}.pt", data
