"""Makes many kinds of files of Keras, and lists what Keras and h5py find in them.

    python keras_files.py FOLDER    # keras 3.15, jax, h5py
    MEMFIT_CORPUS=FOLDER swift test --filter KerasCorpusTests

The list has the form that KerasCorpusTests reads. Keras counts frozen and quantised weights as not trained,
and weights of low rank apart, where the file holds them merged; these cases differ on purpose.
"""
import os, json, zipfile, io, sys, traceback
os.environ['KERAS_BACKEND'] = 'jax'
os.environ['JAX_PLATFORMS'] = 'cpu'
import numpy as np, h5py, keras
from keras import layers as L
ROOT = sys.argv[1]
OUT = f'{ROOT}/keras/made'
os.makedirs(OUT, exist_ok=True)
truth, errors = ({}, {})

def h5facts(f):
    n = el = 0
    ds = []

    def visit(k, v):
        if isinstance(v, h5py.Dataset):
            ds.append([k, list(v.shape), str(v.dtype)])
    f.visititems(visit)
    num = [d for d in ds if d[2] != 'object' and (not d[2].startswith('|S'))]
    return dict(datasets=len(ds), elements=int(sum((np.prod(d[1], dtype=np.int64) for d in num))), list=ds)

def shapes(l):
    try:
        o = l.output
        o = o if isinstance(o, (list, tuple)) else [o]
        return [list(x.shape) for x in o]
    except Exception:
        return []

def fact(m, path):
    w = m.weights
    d = dict(params=m.count_params(), trainable=sum((int(np.prod(v.shape)) for v in m.trainable_weights)), non_trainable=sum((int(np.prod(v.shape)) for v in m.non_trainable_weights)), n_weights=len(w), weights=[[v.path, list(v.shape), keras.backend.standardize_dtype(v.dtype)] for v in w], layers=[[type(l).__name__, l.name, l.count_params() if l.built else 0, shapes(l)] for l in m.layers])
    if path.endswith('.keras'):
        z = zipfile.ZipFile(path)
        d['h5'] = h5facts(h5py.File(io.BytesIO(z.read('model.weights.h5')), 'r'))
    else:
        d['h5'] = h5facts(h5py.File(path, 'r'))
    return d

def save(name, m, fmts=('keras', 'h5', 'weights.h5')):
    for ext in fmts:
        p = f'{OUT}/{name}.{ext}'
        try:
            if ext == 'weights.h5':
                m.save_weights(p)
            else:
                m.save(p)
            truth[f'keras/made/{name}.{ext}'] = fact(m, p)
        except Exception as e:
            errors[f'{name}.{ext}'] = repr(e)[:300]

def case(f):
    try:
        f()
    except Exception as e:
        errors[f.__name__] = traceback.format_exc()[-600:]

@case
def convs():
    i = L.Input((32, 32, 3))
    x = L.Conv2D(8, 3, padding='same', groups=1)(i)
    x = L.BatchNormalization()(x)
    x = L.ReLU()(x)
    x = L.DepthwiseConv2D(3)(x)
    x = L.SeparableConv2D(6, 3)(x)
    x = L.Conv2DTranspose(4, 3, strides=2)(x)
    x = L.GroupNormalization(2)(x)
    x = L.PReLU(shared_axes=[1, 2])(x)
    x = L.SpatialDropout2D(0.1)(x)
    x = L.UpSampling2D()(x)
    x = L.ZeroPadding2D()(x)
    x = L.Cropping2D(2)(x)
    x = L.AveragePooling2D()(x)
    x = L.GlobalAveragePooling2D()(x)
    x = L.Dense(3, kernel_regularizer='l2')(x)
    m = keras.Model(i, x)
    save('convs', m)
    m.compile('adam', 'mse')
    m.train_on_batch(np.zeros((2, 32, 32, 3)), np.zeros((2, 3)))
    save('convs_trained', m)

@case
def onedim():
    m = keras.Sequential([L.Input((16, 4)), L.Conv1D(8, 3, padding='causal', dilation_rate=2), L.SeparableConv1D(6, 3), L.Conv1DTranspose(5, 2, strides=2), L.MaxPooling1D(), L.LayerNormalization(), L.Permute((2, 1)), L.Flatten(), L.RepeatVector(3), L.TimeDistributed(L.Dense(4)), L.Dropout(0.1), L.GaussianNoise(0.1), L.ActivityRegularization(0.1), L.Reshape((-1, 2)), L.GlobalMaxPooling1D()])
    save('onedim', m)

@case
def threed():
    save('threed', keras.Sequential([L.Input((8, 8, 8, 2)), L.Conv3D(4, 3), L.MaxPooling3D(), L.Conv3DTranspose(2, 2), L.GlobalAveragePooling3D()]))

@case
def rnn():
    i = L.Input((7, 5))
    x = L.Bidirectional(L.LSTM(6, return_sequences=True))(i)
    x = L.GRU(4, return_sequences=True, reset_after=False)(x)
    x = L.SimpleRNN(3, return_sequences=True)(x)
    x = L.RNN([L.LSTMCell(4), L.GRUCell(3)], return_sequences=True)(x)
    x = L.ConvLSTM1D(2, 2, padding='same')(L.Reshape((7, 3, 1))(x))
    save('rnn', keras.Model(i, x))
    i = L.Input((7, 5))
    a, h, c = L.LSTM(4, return_state=True)(i)
    save('rnn_state', keras.Model(i, [a, h, c]))
    save('stateful', keras.Sequential([L.Input(batch_shape=(2, 7, 5)), L.LSTM(4, stateful=True), L.Dense(2)]))

@case
def attention():
    i = L.Input((9,), dtype='int32')
    x = L.Embedding(20, 8, mask_zero=True)(i)
    y = L.MultiHeadAttention(2, 4)(x, x)
    x = L.Add()([x, y])
    x = L.LayerNormalization()(x)
    y = L.GroupQueryAttention(4, 4, 2)(x, x)
    x = L.Concatenate()([x, y])
    x = L.Attention()([x, x])
    x = L.AdditiveAttention()([x, x])
    x = L.EinsumDense('abc,cd->abd', output_shape=(None, 5), bias_axes='d')(x)
    save('attention', keras.Model(i, x))

@case
def shared():
    a, b = (L.Input((4,), name='a'), L.Input((4,), name='b'))
    d = L.Dense(3)
    x = L.Subtract()([d(a), d(b)])
    y = L.Multiply()([x, x])
    z = L.Maximum()([x, y])
    z = L.Dot(1)([z, x])
    save('shared_siamese', keras.Model([a, b], [z, y]))
    inner = keras.Sequential([L.Input((4,)), L.Dense(5, activation='relu'), L.Dense(4)], name='inner')
    i = L.Input((4,))
    mid = keras.Model(i, L.Add()([inner(i), i]), name='mid')
    o = L.Input((4,))
    save('nested_deep', keras.Model(o, L.Dense(1)(mid(mid(inner(o))))))
    save('nested_sequential', keras.Sequential([L.Input((4,)), keras.Sequential([L.Dense(3), keras.Sequential([L.Dense(2)])]), L.Dense(1)]))

@case
def subclassed():

    @keras.saving.register_keras_serializable('my')
    class Net(keras.Model):

        def __init__(s, **k):
            super().__init__(**k)
            s.a = L.Dense(4)
            s.blocks = [L.Dense(3), L.Dense(3)]
            s.d = {'x': L.Dense(2)}
            s.w = s.add_weight(shape=(7,), name='extra')
            s.e = keras.Sequential([L.Dense(2), L.BatchNormalization()])

        def call(s, x):
            x = s.a(x)
            for b in s.blocks:
                x = b(x)
            return s.e(s.d['x'](x)) + s.w[0]
    m = Net()
    m(np.zeros((1, 5)))
    save('subclassed', m, ('keras', 'weights.h5'))
    m.compile('adam', 'mse')
    m.train_on_batch(np.zeros((2, 5)), np.zeros((2, 2)))
    save('subclassed_trained', m, ('keras', 'weights.h5'))

    @keras.saving.register_keras_serializable('my')
    class Own(L.Layer):

        def __init__(s, n=3, **k):
            super().__init__(**k)
            s.n = n

        def build(s, sh):
            s.k = s.add_weight(shape=(sh[-1], s.n), name='k')
            s.c = s.add_weight(shape=(), name='count', trainable=False, dtype='int32')
            s.inner = L.Dense(2)
            s.inner.build((None, s.n))

        def call(s, x):
            return s.inner(x @ s.k)

        def get_config(s):
            return {**super().get_config(), 'n': s.n}
    i = L.Input((5,))
    save('custom_layer', keras.Model(i, L.Dense(1)(Own()(i))))

@case
def optimisers():
    for n in ['sgd', 'rmsprop', 'adagrad', 'adadelta', 'adamax', 'nadam', 'ftrl', 'lion', 'adafactor', 'lamb', 'muon', 'adamw']:
        try:
            m = keras.Sequential([L.Input((4,)), L.Dense(6), L.BatchNormalization(), L.Dense(2)])
            m.compile(keras.optimizers.get(n) if n != 'sgd' else keras.optimizers.SGD(momentum=0.9), 'mse', metrics=['mae'])
            m.train_on_batch(np.zeros((4, 4)), np.zeros((4, 2)))
            save('opt_' + n, m)
        except Exception as e:
            errors['opt' + n] = repr(e)[:200]
    m = keras.Sequential([L.Input((4,)), L.Dense(6), L.Dense(2)])
    m.compile(keras.optimizers.Adam(use_ema=True, amsgrad=True, gradient_accumulation_steps=2), 'mse')
    m.train_on_batch(np.zeros((4, 4)), np.zeros((4, 2)))
    save('opt_ema', m)
    m.compile(keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam()), 'mse')
    m.train_on_batch(np.zeros((4, 4)), np.zeros((4, 2)))
    save('opt_scaled', m)

@case
def quant():
    for mode in ['int8', 'int4', 'float8']:
        try:
            m = keras.Sequential([L.Input((8,)), L.Dense(16), L.Dense(4)])
            m.quantize(mode)
            save('quant_' + mode, m, ('keras', 'weights.h5'))
            i = L.Input((8,), dtype='int32')
            m = keras.Model(i, L.EinsumDense('abc,cd->abd', output_shape=(None, 6), bias_axes='d')(L.Embedding(10, 8)(i)))
            m.quantize(mode)
            save('quant_embed_' + mode, m, ('keras', 'weights.h5'))
        except Exception as e:
            errors['quant' + mode] = repr(e)[:200]

@case
def lora():
    m = keras.Sequential([L.Input((8,)), L.Dense(16), L.Dense(4)])
    m.layers[0].enable_lora(2)
    save('lora', m, ('keras', 'weights.h5'))
    e = keras.Sequential([L.Input((8,)), L.Embedding(10, 8)])
    e.layers[0].enable_lora(2)
    save('lora_embed', e, ('keras', 'weights.h5'))

@case
def preprocess():
    n = L.Normalization()
    n.adapt(np.random.rand(10, 4))
    i = L.Input((4,))
    save('normalization', keras.Model(i, L.Dense(2)(n(i))))
    i = L.Input((32, 32, 3))
    x = L.Rescaling(1 / 255)(i)
    x = L.RandomFlip()(x)
    x = L.RandomRotation(0.1)(x)
    x = L.Resizing(16, 16)(x)
    x = L.CenterCrop(8, 8)(x)
    save('augment', keras.Model(i, L.Flatten()(x)))
    i = L.Input((4,), dtype='int32')
    save('category', keras.Model(i, L.CategoryEncoding(10, output_mode='multi_hot')(i)))

@case
def misc():
    i = L.Input((4, 6))
    x = keras.ops.transpose(i, (0, 2, 1))
    x = keras.ops.relu(x) * 2 + 1
    x = keras.ops.reshape(x, (-1, 24))
    x = L.Dense(3)(x)
    x = keras.ops.softmax(x)
    save('ops', keras.Model(i, x), ('keras', 'weights.h5'))
    i = L.Input((4,))
    save('lambda_layer', keras.Model(i, L.Lambda(lambda t: t * 2)(L.Dense(3)(i))))
    m = keras.Sequential([L.Dense(3), L.Dense(2)])
    m.build((None, 5))
    save('no_input', m)
    m = keras.Sequential([L.Input((5,)), L.Dense(3, dtype='float16'), L.Dense(2, dtype='bfloat16'), L.Dense(2, dtype='float64')])
    save('dtypes', m)
    m = keras.Sequential([L.Input((5,)), L.Dense(3), L.Dense(2)])
    m.layers[0].trainable = False
    save('frozen', m)
    m = keras.Sequential([L.Input((5,), sparse=False), L.Dense(3, use_bias=False), L.Dense(2, name='größe_层')])
    save('unicode', m)
    i = L.Input((None, None, 3))
    save('open_sizes', keras.Model(i, L.GlobalMaxPooling2D()(L.Conv2D(4, 3)(i))))
    i = {'x': L.Input((3,), name='x'), 'y': L.Input((4,), name='y')}
    save('dict_inputs', keras.Model(i, {'o': L.Dense(2)(L.Concatenate()([i['x'], i['y']]))}))
    m = keras.Sequential([L.Input((300,)), L.Dense(500), L.Dense(300)])
    try:
        m.save_weights(OUT + '/sharded.weights.json', max_shard_size=0.0003)
    except Exception as e:
        errors['shard'] = repr(e)[:200]
    many = keras.Sequential([L.Input((4,))] + [L.Dense(4) for _ in range(120)])
    save('many_layers', many)
    sn = L.SpectralNormalization(L.Dense(4))
    i = L.Input((4,))
    save('spectral', keras.Model(i, sn(i)))
    i = L.Input((4,))
    save('unit', keras.Model(i, L.UnitNormalization()(L.RMSNormalization()(i))))

@case
def apps():
    for n in ['MobileNet', 'MobileNetV3Small', 'ResNet50V2', 'DenseNet121', 'NASNetMobile', 'EfficientNetV2B0', 'Xception', 'InceptionV3', 'ConvNeXtTiny', 'VGG11']:
        if not hasattr(keras.applications, n):
            continue
        try:
            save('app_' + n, getattr(keras.applications, n)(weights=None), ('keras',) if n not in ('MobileNet', 'MobileNetV3Small') else ('keras', 'h5', 'weights.h5'))
        except Exception as e:
            errors['app' + n] = repr(e)[:200]
json.dump(dict(errors=errors, files=truth), open(f'{ROOT}/keras/truth.json', 'w'))
print(json.dumps(errors, indent=1), len(truth))
