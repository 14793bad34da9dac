"""Makes ONNX files of classic models by skl2onnx and onnxmltools.

    python converted_files.py FOLDER    # skl2onnx, onnxmltools, lightgbm, scikit-learn

`compare.py MEMFIT FOLDER onnx` compares them.
"""
import pathlib
import sys

import numpy as np
import sklearn.cluster
import sklearn.decomposition
import sklearn.ensemble
import sklearn.feature_extraction.text
import sklearn.gaussian_process
import sklearn.linear_model
import sklearn.naive_bayes
import sklearn.neighbors
import sklearn.neural_network
import sklearn.pipeline
import sklearn.preprocessing
import sklearn.svm
import sklearn.tree
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType

FOLDER = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else None
random = np.random.default_rng(0)
X = random.random((60, 5)).astype(np.float32)
CLASSES, NUMBERS = np.arange(60) % 3, X.sum(1)

CLASSIFIERS = [
    sklearn.linear_model.LogisticRegression(), sklearn.linear_model.SGDClassifier(), sklearn.linear_model.Perceptron(),
    sklearn.linear_model.RidgeClassifier(), sklearn.naive_bayes.GaussianNB(), sklearn.naive_bayes.BernoulliNB(),
    sklearn.neighbors.KNeighborsClassifier(), sklearn.svm.SVC(), sklearn.svm.LinearSVC(), sklearn.svm.NuSVC(nu=0.2),
    sklearn.tree.DecisionTreeClassifier(), sklearn.ensemble.RandomForestClassifier(5),
    sklearn.ensemble.ExtraTreesClassifier(5), sklearn.ensemble.GradientBoostingClassifier(n_estimators=5),
    sklearn.ensemble.AdaBoostClassifier(n_estimators=4), sklearn.ensemble.HistGradientBoostingClassifier(max_iter=4),
    sklearn.neural_network.MLPClassifier((7, 6), max_iter=5),
    sklearn.ensemble.VotingClassifier([("a", sklearn.linear_model.LogisticRegression()),
                                       ("b", sklearn.tree.DecisionTreeClassifier())]),
    sklearn.ensemble.StackingClassifier([("a", sklearn.linear_model.LogisticRegression())]),
]
REGRESSORS = [
    sklearn.linear_model.LinearRegression(), sklearn.linear_model.Lasso(), sklearn.linear_model.HuberRegressor(),
    sklearn.linear_model.PoissonRegressor(), sklearn.neighbors.KNeighborsRegressor(), sklearn.svm.SVR(),
    sklearn.tree.DecisionTreeRegressor(), sklearn.ensemble.RandomForestRegressor(4),
    sklearn.ensemble.GradientBoostingRegressor(n_estimators=4), sklearn.neural_network.MLPRegressor((9,), max_iter=5),
    sklearn.gaussian_process.GaussianProcessRegressor(), sklearn.ensemble.BaggingRegressor(n_estimators=3),
]
TRANSFORMERS = [
    sklearn.preprocessing.StandardScaler(), sklearn.preprocessing.MinMaxScaler(), sklearn.preprocessing.RobustScaler(),
    sklearn.preprocessing.Normalizer(), sklearn.preprocessing.Binarizer(), sklearn.preprocessing.PolynomialFeatures(),
    sklearn.preprocessing.KBinsDiscretizer(4), sklearn.preprocessing.PowerTransformer(),
    sklearn.decomposition.PCA(3), sklearn.decomposition.TruncatedSVD(2), sklearn.decomposition.FastICA(2),
    sklearn.cluster.KMeans(4), sklearn.cluster.MiniBatchKMeans(4),
    sklearn.pipeline.make_pipeline(sklearn.preprocessing.StandardScaler(), sklearn.decomposition.PCA(2)),
]


def save(name, model):
    (FOLDER / f"{name}.onnx").write_bytes(model.SerializeToString())


def attempt(name, make):
    try:
        save(name, make())
    except Exception as error:  # noqa: BLE001: one converter's refusal stops no other
        print(f"{name}: {type(error).__name__}: {str(error)[:120]}")


def texts():
    words = np.array(["one two three", "two three four", "five"]).reshape(-1, 1)
    yield "tfidf", sklearn.feature_extraction.text.TfidfVectorizer().fit(words.ravel()), [None, 1]
    yield "one_hot", sklearn.preprocessing.OneHotEncoder().fit(words), [None, 1]
    yield "ordinal", sklearn.preprocessing.OrdinalEncoder().fit(words), [None, 1]


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for models, target in ((CLASSIFIERS, CLASSES), (REGRESSORS, NUMBERS), (TRANSFORMERS, None)):
        for model in models:
            name = type(model).__name__
            attempt(name, lambda: to_onnx(model.fit(X, target), X[:1]))
            attempt(f"{name}_open", lambda: to_onnx(model, initial_types=[("x", FloatTensorType([None, 5]))]))
    for name, model, shape in texts():
        attempt(name, lambda: to_onnx(model, initial_types=[("x", StringTensorType(shape))]))
    boosted()


def boosted():
    import lightgbm
    from onnxmltools.convert import convert_lightgbm
    from onnxmltools.convert.common.data_types import FloatTensorType as Floats
    for kind, target in ((lightgbm.LGBMClassifier, CLASSES), (lightgbm.LGBMRegressor, NUMBERS)):
        model = kind(n_estimators=4, min_child_samples=2, verbose=-1).fit(X, target)
        attempt(kind.__name__, lambda: convert_lightgbm(model, initial_types=[("x", Floats([None, 5]))]))


if __name__ == "__main__":
    main()
