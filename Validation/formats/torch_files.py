"""Makes many kinds of files of PyTorch, and lists what torch.load finds in them.

    python torch_files.py FOLDER    # torch 2.15, torchvision, timm, transformers
    MEMFIT_CORPUS=FOLDER swift test --filter "files of PyTorch hold"

The list has the form that TorchCorpusTests reads. The bytes of modules are those of their state_dict alone.
"""
import collections, json, os, sys, types, warnings, argparse, dataclasses, pathlib, datetime, uuid
import numpy as np
import torch, torch.nn as nn
warnings.filterwarnings('ignore')
torch.manual_seed(0)
ROOT = sys.argv[1]
OUT = f'{ROOT}/torch/made'
os.makedirs(OUT, exist_ok=True)
truth, errors = ({}, {})

def tensors_of(obj, path='', seen=None, out=None, depth=0):
    """every tensor reached in dicts, lists, tuples, under its dotted path"""
    if out is None:
        out, seen = ([], set())
    if isinstance(obj, torch.Tensor):
        out.append((path, obj))
        return out
    if depth > 60:
        return out
    join = lambda k: f'{path}.{k}' if path else str(k)
    if isinstance(obj, nn.Module):
        for k, v in obj.state_dict().items():
            out.append((join(k), v))
    elif isinstance(obj, collections.abc.Mapping):
        for k, v in obj.items():
            tensors_of(v, join(k), seen, out, depth + 1)
    elif isinstance(obj, (list, tuple, set)):
        for i, v in enumerate(obj):
            tensors_of(v, join(i), seen, out, depth + 1)
    return out

def fact(name, t):
    d = dict(name=name, dtype=str(t.dtype).replace('torch.', ''), shape=list(t.shape))
    return d

def storages(ts):
    ptr = {}
    for _, t in ts:
        try:
            if t.layout == torch.strided and t.device.type != 'meta':
                s = t.untyped_storage()
                ptr[s.data_ptr() if s.nbytes() else id(t)] = s.nbytes()
        except Exception:
            pass
    return ptr

def save(name, obj, legacy=False, params=None, buffers=None, optimizer=None, listed=None, check=True, **kw):
    for suffix, k in [('', {})] + ([('_legacy', dict(_use_new_zipfile_serialization=False))] if legacy else []):
        f = f'{OUT}/{name}{suffix}.pt'
        try:
            torch.save(obj, f, **k, **kw)
            back = torch.load(f, weights_only=False) if check else obj
        except Exception as e:
            errors[name + suffix] = repr(e)[:200]
            continue
        ts = listed if listed is not None else tensors_of(back)
        facts = dict(tensors=[fact(n, t) for n, t in ts])
        if all((t.layout == torch.strided and (not t.is_quantized) and (t.device.type != 'meta') and (type(t) in (torch.Tensor, nn.Parameter)) for _, t in ts)) and ts and (listed is None):
            st = storages(ts)
            facts['storages'] = len(st)
            facts['storage_bytes_total'] = sum(st.values())
        if params is not None:
            facts['parameters'] = params
        if buffers is not None:
            facts['buffers'] = buffers
        if optimizer is not None:
            facts['optimizer'] = optimizer
        truth[f'torch/made/{name}{suffix}.pt'] = facts

def module(name, m, **kw):
    ps = {id(p): p.numel() for p in m.parameters()}
    bs = {id(b): b.numel() for n, b in m.named_buffers()}
    np_ = sum(ps.values())
    save(name + '_module', m, legacy=True, params=np_, **kw)
    save(name + '_state', m.state_dict(), legacy=True)

def guarded(f):
    try:
        f()
    except Exception as e:
        errors[f.__name__] = repr(e)[:300]

@guarded
def modules():
    module('transformer', nn.Transformer(16, 2, 2, 2, 32))
    module('lstm', nn.LSTM(8, 12, 2, bidirectional=True, proj_size=4))
    module('gru', nn.GRU(5, 7, 2))
    module('rnncell', nn.ModuleDict(dict(a=nn.RNNCell(3, 4), b=nn.LSTMCell(4, 4), c=nn.GRUCell(4, 2))))
    module('mha', nn.MultiheadAttention(12, 3, kdim=6, vdim=10, add_bias_kv=True))
    module('list', nn.ModuleList([nn.Linear(3, 3), nn.ParameterList([nn.Parameter(torch.zeros(2)), nn.Parameter(torch.zeros(3, 3))]), nn.ParameterDict({'x': nn.Parameter(torch.ones(5))})]))
    module('norms', nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.GroupNorm(2, 8), nn.InstanceNorm2d(8, affine=True, track_running_stats=True), nn.LayerNorm(4), nn.PReLU(8), nn.RMSNorm(4)))
    module('embed', nn.Sequential(nn.Embedding(10, 4, padding_idx=0), nn.EmbeddingBag(10, 4), nn.Bilinear(3, 4, 5), nn.ConvTranspose3d(2, 2, 2), nn.AdaptiveLogSoftmaxWithLoss(8, 20, [4, 10])))
    lin = nn.Linear(4, 4)
    module('tied', nn.Sequential(lin, nn.ReLU(), lin))
    e = nn.Embedding(9, 4)
    h = nn.Linear(4, 9, bias=False)
    h.weight = e.weight
    module('tiedweight', nn.ModuleDict(dict(e=e, h=h)))
    w = nn.utils.parametrizations.weight_norm(nn.Linear(4, 5))
    save('parametrised_state', w.state_dict(), legacy=True)
    s = nn.utils.parametrizations.spectral_norm(nn.Linear(4, 5))
    save('spectral_state', s.state_dict())
    old = nn.utils.weight_norm(nn.Conv1d(3, 4, 3))
    module('old_weight_norm', old)
    import torch.nn.utils.prune as prune
    p = nn.Linear(4, 5)
    prune.l1_unstructured(p, 'weight', 0.5)
    module('pruned', p)
    f = nn.Linear(4, 5)
    f.weight.requires_grad_(False)
    module('frozen', f)
    module('half', nn.Linear(4, 5).half())
    module('bf16', nn.Linear(4, 5).bfloat16())
    module('double', nn.Linear(4, 5).double())
    m = nn.Linear(4, 5)
    m.register_buffer('steps', torch.tensor(3), persistent=True)
    m.register_buffer('mask', torch.ones(7, 7), persistent=False)
    module('buffers', m)
    save('lazy_state', nn.LazyLinear(5).state_dict(), listed=[])
    m = nn.Linear(3, 3)
    m.helper = torch.zeros(11)
    m.many = [nn.Linear(2, 2)]
    module('attributes', m)
    m = nn.Linear(4, 5)
    m.weight.grad = torch.ones(5, 4)
    module('with_grad', m)
    module('dataparallel', nn.DataParallel(nn.Linear(3, 4)))
    from torch.optim.swa_utils import AveragedModel
    a = AveragedModel(nn.Linear(3, 4))
    save('averaged_state', a.state_dict())
    module('compiled_like', nn.Sequential(collections.OrderedDict([('_orig_mod', nn.Linear(3, 4))])))
    module('channels_last', nn.Conv2d(4, 8, 3).to(memory_format=torch.channels_last))

@guarded
def timm_models():
    import timm
    for n in ['resnet10t', 'vit_tiny_patch16_224', 'mobilenetv3_small_050', 'convnext_atto', 'efficientnet_b0', 'swin_tiny_patch4_window7_224', 'mixer_s32_224', 'regnetx_002']:
        m = timm.create_model(n)
        ps = sum((p.numel() for p in m.parameters()))
        save(f'timm_{n}_module', m, params=ps)
        save(f'timm_{n}_state', m.state_dict())

@guarded
def hf_models():
    import transformers as T
    small = dict(vocab_size=99, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=37)
    for c, k in [(T.LlamaForCausalLM, T.LlamaConfig(**small, num_key_value_heads=2)), (T.BertModel, T.BertConfig(**small)), (T.GPT2LMHeadModel, T.GPT2Config(vocab_size=99, n_embd=32, n_layer=2, n_head=4, n_positions=64)), (T.T5ForConditionalGeneration, T.T5Config(vocab_size=99, d_model=32, d_kv=8, d_ff=37, num_layers=2, num_heads=4)), (T.MixtralForCausalLM, T.MixtralConfig(**small, num_key_value_heads=2, num_local_experts=4)), (T.WhisperForConditionalGeneration, T.WhisperConfig(vocab_size=99, d_model=32, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=32, decoder_ffn_dim=32, pad_token_id=1, bos_token_id=1, eos_token_id=1, decoder_start_token_id=1)), (T.ViTModel, T.ViTConfig(hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=37, image_size=32, patch_size=8)), (T.MambaForCausalLM, T.MambaConfig(vocab_size=99, hidden_size=32, num_hidden_layers=1, state_size=4))]:
        try:
            m = c(k)
            ps = sum({id(p): p.numel() for p in m.parameters()}.values())
            save(f'hf_{c.__name__}_module', m, params=ps)
            save(f'hf_{c.__name__}_state', m.state_dict(), legacy=True)
        except Exception as e:
            errors[c.__name__] = repr(e)[:200]

@guarded
def torchvision_models():
    import torchvision as tv
    for n in ['alexnet', 'googlenet', 'inception_v3', 'shufflenet_v2_x0_5', 'mnasnet0_5', 'ssdlite320_mobilenet_v3_large', 'r3d_18', 'raft_small', 'lraspp_mobilenet_v3_large']:
        kw = dict(weights=None)
        if 'ssd' in n or 'lraspp' in n:
            kw['weights_backbone'] = None
        if n in ('googlenet', 'inception_v3'):
            kw['init_weights'] = False
        m = tv.models.get_model(n, **kw)
        if n == 'alexnet':
            m = m.half()
        save(f'tv_{n}_module', m, params=sum((p.numel() for p in m.parameters())))

@guarded
def optimisers():
    O = torch.optim
    cases = dict(adam=lambda p: O.Adam(p), adamw_ams=lambda p: O.AdamW(p, amsgrad=True), sgd=lambda p: O.SGD(p, 0.1), sgdm=lambda p: O.SGD(p, 0.1, momentum=0.9), rms=lambda p: O.RMSprop(p, momentum=0.9, centered=True), adagrad=lambda p: O.Adagrad(p), adadelta=lambda p: O.Adadelta(p), adamax=lambda p: O.Adamax(p), nadam=lambda p: O.NAdam(p), radam=lambda p: O.RAdam(p), rprop=lambda p: O.Rprop(p), asgd=lambda p: O.ASGD(p), adafactor=lambda p: O.Adafactor(p), lbfgs=lambda p: O.LBFGS(p), fused=lambda p: O.Adam(p, fused=True), muon=lambda p: O.Muon([q for q in p if q.ndim == 2]))
    for n, make in cases.items():
        try:
            m = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Linear(8, 2))
            o = make(list(m.parameters()))

            def closure():
                o.zero_grad()
                l = m(torch.randn(3, 4)).pow(2).mean()
                l.backward()
                return l
            for _ in range(3):
                o.step(closure)
            sd = o.state_dict()
            count = sum({t.untyped_storage().data_ptr(): t.numel() for _, t in tensors_of(sd)}.values())
            ps = sum((p.numel() for p in m.parameters()))
            bs = sum((b.numel() for b in m.buffers()))
            save(f'ckpt_{n}', dict(epoch=3, state_dict=m.state_dict(), optimizer=sd, lr_scheduler=dict(base_lrs=[0.1]), best=torch.tensor(0.5)), legacy=True, params=ps, buffers=bs, optimizer=count)
            save(f'optimizer_only_{n}', sd, params=0, optimizer=count)
            save(f'optimizer_object_{n}', o, listed=[])
        except Exception as e:
            errors['opt ' + n] = repr(e)[:200]
    m = nn.Linear(4, 4)
    o = O.AdamW(m.parameters())
    m(torch.ones(1, 4)).sum().backward()
    o.step()
    save('deepspeed_like', dict(module=m.state_dict(), buffer_names=[], optimizer=None, param_shapes=[collections.OrderedDict(weight=torch.Size([4, 4]))], ds_config={}, ds_version='0.15'), params=20)
    save('zero_shard', dict(optimizer_state_dict=dict(zero_stage=1, partition_count=1, base_optimizer_state=o.state_dict()['state'], single_partition_of_fp32_groups=[torch.zeros(20)]), ds_config={}), params=0)
    save('gan', dict(G=m.state_dict(), D=nn.Linear(2, 2).state_dict(), optim_G=o.state_dict(), optim_D=O.SGD(m.parameters(), 0.1).state_dict(), g_ema=m.state_dict()), params=26)
    save('yolo_like', dict(epoch=-1, best_fitness=None, model=nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)).half(), ema=None, updates=None, optimizer=None, train_args={}, date='x'), params=3 * 4 * 9 + 4 + 8)
    save('yolo_ema', dict(epoch=-1, model=None, ema=nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)).half(), optimizer=None), params=3 * 4 * 9 + 4 + 8)
    save('lightning', {'epoch': 1, 'global_step': 3, 'pytorch-lightning_version': '2.5', 'state_dict': {'net.' + k: v for k, v in m.state_dict().items()}, 'loops': {'fit_loop': {'state_dict': {}}}, 'callbacks': {"ModelCheckpoint{'monitor': None}": {'best_model_score': torch.tensor(1.0), 'kth_value': torch.tensor(2.0)}}, 'optimizer_states': [o.state_dict()], 'lr_schedulers': [], 'hparams_name': 'kwargs', 'hyper_parameters': {'lr': 0.1}, 'MixedPrecision': {'scale': 65536.0}}, legacy=True, params=20, optimizer=16 * 2 + 4 * 2 + 2)
    save('rng', dict(model=m.state_dict(), rng_state=torch.get_rng_state(), cuda_rng_state=[torch.get_rng_state()], np_rng=np.random.get_state()), params=20)
NT = collections.namedtuple('NT', 'a b')

class Own:

    def __init__(self):
        self.weights = torch.zeros(3, 3)
        self.more = {'x': torch.ones(2)}

class Slots:
    __slots__ = ('w',)

    def __init__(self):
        self.w = torch.zeros(4)

@dataclasses.dataclass
class Data:
    w: torch.Tensor
    n: int = 3

class DictSub(dict):
    pass

class ListSub(list):
    pass

class TensorSub(torch.Tensor):
    pass
import enum

class Color(enum.Enum):
    RED = 1

@guarded
def containers():
    t = lambda *s: torch.zeros(*s)
    save('tuple', (t(2), (t(3), [t(4), {'k': t(5)}])), legacy=True)
    save('set_like', {'s': {1, 2}, 'f': frozenset([3]), 't': t(2)})
    save('namedtuple', NT(t(2), t(3)), listed=[('0', t(2)), ('1', t(3))])
    save('int_keys', {0: t(2), 1: t(3), (1, 2): t(4), None: t(5), True: t(6), 2.5: t(7)}, listed=[('0', t(2))])
    save('defaultdict', collections.defaultdict(list, a=[t(2)], b=[t(3), t(1)]), legacy=True)
    save('counter', {'c': collections.Counter('abc'), 't': t(1), 'd': collections.deque([t(2), t(3)], maxlen=4)}, listed=[('t', t(1)), ('d.0', t(2)), ('d.1', t(3))])
    save('own', Own(), listed=[('weights', t(3, 3)), ('more.x', t(2))])
    save('slots', Slots(), listed=[('w', t(4))])
    save('dataclass', Data(t(4)), listed=[('w', t(4))])
    save('dictsub', DictSub(a=t(2)), listed=[('a', t(2))], legacy=True)
    save('listsub', ListSub([t(2)]), listed=[('0', t(2))], legacy=True)
    save('enum', dict(c=Color.RED, t=t(2)))
    save('namespace', dict(args=argparse.Namespace(lr=1, p=pathlib.Path('/x')), s=types.SimpleNamespace(a=t(9)), t=t(2)), listed=[('t', t(2))])
    save('misc', dict(d=datetime.datetime.now(), u=uuid.uuid4(), dev=torch.device('cpu'), dt=torch.float16, sz=torch.Size([1]), c=1j, by=b'x', ba=bytearray(b'xyz'), big=2 ** 70, neg=-2 ** 70, gen=None, sl=slice(1, 2), lay=torch.strided, t=t(2)))
    save('tensorsub', {'a': torch.zeros(3).as_subclass(TensorSub), 'p': nn.Parameter(torch.zeros(3).as_subclass(TensorSub))}, listed=[('a', t(3)), ('p', t(3))])
    a = t(3)
    a.tag = 'hello'
    a.extra = torch.ones(2)
    save('tensor_attr', {'a': a})
    p = nn.Parameter(t(3))
    p.sharded = True
    save('param_attr', {'p': p}, params=3)
    b = nn.Buffer(t(4))
    save('buffer_obj', {'b': b})
    g = torch.zeros(3, requires_grad=True)
    save('requires_grad', {'g': g}, params=3)
    save('numpy', dict(a=np.zeros((3, 4)), s=np.float32(3), i=np.int64(3), b=np.bool_(True), c=np.zeros(3, 'S4'), t=t(2), u=np.zeros(2, '>i4'), st=np.array('x')), listed=[('t', t(2))])
    save('numpy_only', dict(a=np.zeros((3, 4)), h=np.zeros(3, np.float16), f=np.asfortranarray(np.zeros((2, 3), np.int8))), listed=[])
    save('scalar', torch.tensor(3.5))
    save('empty_dict', {}, listed=[])
    save('none', None, listed=[])
    save('bare_storage', t(7).untyped_storage(), listed=[])
    save('typed_storage', {'s': t(7).storage(), 't': t(2)}, listed=[('t', t(2))])
    x = t(10)
    save('aliases', {'a': x, 'b': x, 'c': x[:5], 'd': x[5:], 'e': x.view(2, 5), 'f': x[::2]}, legacy=True)
    save('expand', {'a': torch.zeros(1).expand(1000), 'b': torch.zeros(3, 1).expand(3, 7)}, listed=[('a', t(1000)), ('b', t(3, 7))])
    save('conj', {'a': torch.zeros(3, dtype=torch.complex64).conj(), 'n': torch.zeros(3, dtype=torch.complex64).imag, 'r': torch.zeros(4, dtype=torch.complex64)})
    save('neg_view', {'a': torch._neg_view(torch.zeros(3))})
    save('view_dtype', {'a': torch.zeros(4).view(torch.int32), 'b': torch.zeros(4, dtype=torch.bfloat16).view(torch.uint8)})
    y = torch.zeros(8)
    save('same_storage_types', {'a': y, 'b': y.view(torch.int32), 'c': y.view(torch.uint8)}, check=False)
    save('zero_dims', {'a': t(0), 'b': t(3, 0, 2), 'c': torch.tensor(1), 'd': t(1, 1, 1, 1, 1, 1, 1, 1, 1)}, legacy=True)
    r = []
    r.append(r)
    r.append(t(2))
    save('self_list', r, listed=[('1', t(2))])
    d = {}
    d['me'] = d
    d['t'] = t(2)
    save('self_dict', d, listed=[('t', t(2))])
    save('unicode', {'größe.重み': t(2), 'a b/c': t(3), '': t(4), 'x' * 3000: t(5)}, listed=[('größe.重み', t(2)), ('a b/c', t(3)), ('x' * 3000, t(5))])
    for proto in range(0, 6):
        save(f'proto{proto}', collections.OrderedDict(w=t(2), x=nn.Parameter(t(3))), legacy=True, pickle_protocol=proto)
    save('many', {f'layer{i}.weight': t(2) for i in range(5000)}, legacy=True)
    deep = t(2)
    for i in range(50):
        deep = {'d': deep}
    save('deep50', deep)

@guarded
def special():
    t = torch.zeros
    save('sparse', dict(coo=torch.eye(4).to_sparse(), csr=torch.eye(4).to_sparse_csr(), csc=torch.eye(4).to_sparse_csc(), bsr=torch.eye(4).to_sparse_bsr((2, 2)), bsc=torch.eye(4).to_sparse_bsc((2, 2)), hybrid=torch.zeros(3, 4).to_sparse(1), empty=torch.zeros(3, 3).to_sparse()), legacy=True)
    save('meta', {'a': torch.empty(1000, 1000, device='meta'), 'p': nn.Parameter(torch.empty(3, device='meta'))})
    with torch.device('meta'):
        m = nn.Linear(10, 10)
    save('meta_module', m, params=110)
    save('meta_state', m.state_dict())
    save('nested_strided', {'n': torch.nested.nested_tensor([t(2, 3), t(4, 3)])}, listed=[])
    save('nested_jagged', {'n': torch.nested.nested_tensor([t(2, 3), t(4, 3)], layout=torch.jagged)}, listed=[])
    import torch.ao.quantization as Q
    q = torch.quantize_per_tensor(t(4, 4), 0.1, 0, torch.qint8)
    qc = torch.quantize_per_channel(t(4, 4), torch.ones(4), torch.zeros(4, dtype=torch.int64), 0, torch.qint8)
    save('qtensors', dict(q=q, qc=qc, q32=torch.quantize_per_tensor(t(4), 0.1, 0, torch.qint32), qu=torch.quantize_per_tensor(t(4), 0.1, 0, torch.quint8)), listed=[('q', q), ('qc', qc)])
    try:
        qs = torch.quantize_per_channel(t(4, 4), torch.ones(4), torch.zeros(4), 0, torch.quint4x2)
        save('quint4', dict(q=qs), listed=[('q', qs)])
    except Exception as e:
        errors['quint4'] = repr(e)[:100]

    class Net(nn.Module):

        def __init__(s):
            super().__init__()
            s.a = nn.Linear(6, 8)
            s.l = nn.LSTM(8, 5, 2)
            s.g = nn.GRU(5, 4)
            s.e = nn.Linear(4, 3)

        def forward(s, x):
            return s.e(s.g(s.l(s.a(x))[0])[0])
    for dt in (torch.qint8, torch.float16):
        try:
            dq = Q.quantize_dynamic(Net().eval(), {nn.Linear, nn.LSTM, nn.GRU}, dtype=dt)
            n = 'dynamic_' + str(dt).split('.')[1]
            sd = dq.state_dict()
            save(n + '_state', sd, listed=[(k, v) for k, v in sd.items() if isinstance(v, torch.Tensor)])
            save(n + '_module', dq, listed=[])
            save(n + '_linear_module', Q.quantize_dynamic(nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3)), {nn.Linear}, dtype=dt), listed=[])
        except Exception as e:
            errors['dyn' + str(dt)] = repr(e)[:200]
    try:
        torch.backends.quantized.engine = 'fbgemm' if 'fbgemm' in torch.backends.quantized.supported_engines else 'qnnpack'
        m = nn.Sequential(Q.QuantStub(), nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 2), Q.DeQuantStub()).eval()
        m.qconfig = Q.get_default_qconfig(torch.backends.quantized.engine)
        Q.prepare(m, inplace=True)
        m(torch.rand(1, 3, 8, 8))
        save('prepared_module', m, listed=[])
        save('prepared_state', m.state_dict())
        Q.convert(m, inplace=True)
        save('static_state', m.state_dict(), listed=[(k, v) for k, v in m.state_dict().items() if isinstance(v, torch.Tensor)])
        save('static_module', m, listed=[])
    except Exception as e:
        errors['static'] = repr(e)[:200]

    class S(nn.Module):

        def __init__(s):
            super().__init__()
            s.c = nn.Conv2d(3, 4, 3)
            s.b = nn.BatchNorm2d(4)
            s.l = nn.ModuleList([nn.Linear(4, 4), nn.Linear(4, 4)])
            s.register_buffer('k', torch.ones(5))
            s.register_buffer('np', torch.ones(6), persistent=False)
            s.scale = 3
            s.plain = torch.zeros(9)

        def forward(s, x):
            x = s.b(s.c(x)).mean((2, 3))
            for l in s.l:
                x = l(x)
            return x * s.scale + s.plain[:4]

    def js(name, sm, p=None):
        f = f'{OUT}/{name}.pt'
        torch.jit.save(sm, f)
        facts = dict(tensors=[fact(k, v) for k, v in sm.state_dict().items()])
        if p is not None:
            facts['parameters'] = p
        truth[f'torch/made/{name}.pt'] = facts
    m = S()
    js('jit_script', torch.jit.script(m), sum((p.numel() for p in m.parameters())))
    js('jit_trace', torch.jit.trace(m.eval(), torch.zeros(1, 3, 8, 8)), sum((p.numel() for p in m.parameters())))
    js('jit_lstm', torch.jit.script(nn.LSTM(4, 5, 2)), sum((p.numel() for p in nn.LSTM(4, 5, 2).parameters())))
    js('jit_tied', torch.jit.script(nn.Sequential(*[nn.Linear(4, 4)] * 2)), 20)
    try:
        js('jit_frozen', torch.jit.freeze(torch.jit.script(m.eval())))
        js('jit_optimised', torch.jit.optimize_for_inference(torch.jit.script(m.eval())))
    except Exception as e:
        errors['frozen'] = repr(e)[:200]
    try:
        js('jit_dynamic', torch.jit.script(Q.quantize_dynamic(nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3)), {nn.Linear})))
    except Exception as e:
        errors['jitdyn'] = repr(e)[:200]
    import torchvision as tv
    js('jit_resnet18', torch.jit.script(tv.models.resnet18()), 11689512)
    try:
        import torch.distributed as dist
        os.environ.update(MASTER_ADDR='localhost', MASTER_PORT='29511')
        dist.init_process_group('gloo', rank=0, world_size=1)
        from torch.distributed.tensor import distribute_tensor, Shard, Replicate
        from torch.distributed.device_mesh import init_device_mesh
        mesh = init_device_mesh('cpu', (1,))
        d = distribute_tensor(torch.zeros(6, 4), mesh, [Shard(0)])
        save('dtensor', {'w': d, 'r': distribute_tensor(torch.zeros(3), mesh, [Replicate()]), 'p': nn.Parameter(d)}, check=False, listed=[('w', torch.zeros(6, 4)), ('r', torch.zeros(3)), ('p', torch.zeros(6, 4))])
        from torch.distributed._shard import sharded_tensor
        from torch.distributed._shard.sharding_spec import ChunkShardingSpec
        st = sharded_tensor.zeros(ChunkShardingSpec(0, ['rank:0/cpu']), 5, 4)
        save('sharded', {'w': st, 't': torch.zeros(2)}, check=False, listed=[('t', torch.zeros(2))])
        import torch.distributed.checkpoint as dcp
        dcp.save(dict(m=nn.Linear(3, 3).state_dict()), checkpoint_id=f'{ROOT}/torch/dcp')
        dist.destroy_process_group()
    except Exception as e:
        errors['dist'] = repr(e)[:300]
if __name__ == '__main__':
    sys.modules['mymodule'] = sys.modules['__main__']
    json.dump(dict(torch=torch.__version__, errors=errors, files=truth), open(f'{ROOT}/torch/truth.json', 'w'))
    json.dump(errors, sys.stdout, indent=1)
    print(len(truth))
