"""Why the formats besides ONNX refuse files, as data: code, sentence, what to do."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise

MORE_REFUSALS: dict[str, tuple[Words, Words]] = {
    "unsupported-format": (
        _("“%(filename)s” looks like %(looks)s, which nothing here can serve."),
        _(
            "Export the model to ONNX, for example with torch.onnx.export, or upload one of the formats "
            "that Conch reads."
        ),
    ),
    "unknown-format": (
        _("Nothing here knows the format of “%(filename)s”."),
        _(
            "Conch reads ONNX, TorchScript, torch.export, TensorRT plans, Hugging Face folders, Python "
            "models and ensembles."
        ),
    ),
    "artifact-missing": (
        _("The stored file of “%(filename)s” is missing."),
        _("Upload the file again."),
    ),
    "inspection-unavailable": (
        _("The inspection could not be started: %(error)s."),
        _("Try again in a while."),
    ),
    "inspection-died": (
        _("Reading the file ended the worker three times."),
        _("Upload the file again; if it happens again, the file is likely damaged."),
    ),
    "answer-cut-off": (
        _("Reading the file gave no answer that could be understood."),
        _("The file is likely damaged. Export it again, or with another version of the exporter."),
    ),
    "text-too-large": (
        _("“%(filename)s” has more than %(most)s bytes, too many for a file of text."),
        _("Check that the right file has this name."),
    ),
    "not-text": (
        _("“%(filename)s” should be text, but is not."),
        _("Save it as UTF-8 and upload it again."),
    ),
    "bad-json": (
        _("“%(filename)s” is no JSON object."),
        _("Save the model again with save_pretrained and upload the files as they are."),
    ),
    "damaged-archive": (
        _("“%(filename)s” is an archive that is damaged or lacks a part."),
        _("Save the model again and compare the sizes before you upload it."),
    ),
    "zip-bomb": (
        _("“%(filename)s” is an archive that would grow beyond all measure when it is read."),
        _("It was made to do harm or is damaged. Save the model again."),
    ),
    "packed": (
        _("“%(filename)s” is a packed archive."),
        _("Unpack it and upload the files in it."),
    ),
    "numpy": (
        _("“%(filename)s” holds NumPy arrays, not a model."),
        _("Export the model itself, for example to ONNX."),
    ),
    "tensorflow": (
        _("“%(filename)s” belongs to a TensorFlow SavedModel, which nothing here serves."),
        _("Convert it: python -m tf2onnx.convert --saved-model FOLDER --output model.onnx."),
    ),
    "keras-h5": (
        _("“%(filename)s” is a Keras model, which nothing here serves."),
        _("Convert it to ONNX: model.export('model.onnx', format='onnx'), or tf2onnx.convert --keras."),
    ),
    "weights-alone": (
        _("“%(filename)s” holds weights alone; the description that says how to use them is missing."),
        _(
            "For vLLM upload the whole folder: config.json, the tokenizer and the safetensors. Otherwise "
            "export the model to ONNX."
        ),
    ),
    "huggingface-without-weights": (
        _("There is a config.json but no weights beside it."),
        _("Upload the safetensors files of the folder too."),
    ),
    "huggingface-not-generating": (
        _("The folder holds %(architectures)s, which generates no text, and so vLLM is not for it."),
        _("Export it to ONNX: optimum-cli export onnx --model FOLDER OUTPUT."),
    ),
    "huggingface-pickled": (
        _("The weights are pickled (“%(filename)s”), and loading a pickle runs code."),
        _("Save them as safetensors: model.save_pretrained(folder, safe_serialization=True)."),
    ),
    "huggingface-no-tokenizer": (
        _("The folder has no tokenizer."),
        _("Add it with tokenizer.save_pretrained(folder)."),
    ),
    "huggingface-missing-shards": (
        _("Parts of the weights are missing: %(names)s."),
        _("Upload every file that model.safetensors.index.json names."),
    ),
    "trust-remote-code": (
        _("model.json tells vLLM to trust code in the folder."),
        _("Take trust_remote_code out, and use an architecture that vLLM knows by itself."),
    ),
    "safetensors-damaged": (
        _("“%(filename)s” is a damaged safetensors file."),
        _("Compare its size with the original and upload it again."),
    ),
    "xgboost-native": (
        _("“%(filename)s” is XGBoost's own format, which nothing here serves."),
        _("Convert it with onnxmltools.convert_xgboost; initial_types takes the inputs."),
    ),
    "lightgbm-native": (
        _("“%(filename)s” is LightGBM's own format, which nothing here serves."),
        _("Convert it with onnxmltools.convert_lightgbm; initial_types takes the inputs."),
    ),
    "pickle": (
        _("“%(filename)s” is a Python pickle, and loading a pickle runs code."),
        _("Export the model to ONNX with the exporter of its library."),
    ),
    "pickle-sklearn": (
        _("“%(filename)s” is a pickled scikit-learn model, and loading a pickle runs code."),
        _("Export it to ONNX: skl2onnx.to_onnx(model, X[:1], options={'zipmap': False})."),
    ),
    "pickle-xgboost": (
        _("“%(filename)s” is a pickled XGBoost model, and loading a pickle runs code."),
        _("Export it to ONNX: onnxmltools.convert_xgboost(model, initial_types=…)."),
    ),
    "pickle-lightgbm": (
        _("“%(filename)s” is a pickled LightGBM model, and loading a pickle runs code."),
        _("Export it to ONNX: onnxmltools.convert_lightgbm(model, initial_types=…)."),
    ),
    "pickle-catboost": (
        _("“%(filename)s” is a pickled CatBoost model, and loading a pickle runs code."),
        _("Export it to ONNX: model.save_model('model.onnx', format='onnx')."),
    ),
    "torch-weights": (
        _("“%(filename)s” holds weights or a pickled module of PyTorch, without the program that uses them."),
        _("Save a program: torch.jit.script(model).save('model.pt'), or torch.onnx.export."),
    ),
    "torchscript-extension": (
        _("“%(filename)s” is a TorchScript program whose name doesn't end in .pt."),
        _("Rename it to model.pt and upload it again."),
    ),
    "torchscript-no-class": (
        _("The archive has the code of TorchScript, but not that of its own main class."),
        _("Save it again with torch.jit.save."),
    ),
    "pt2-extension": (
        _("“%(filename)s” is a package of torch.export whose name doesn't end in .pt2."),
        _("Rename it to model.pt2 and upload it again."),
    ),
    "pt2-unreadable": (
        _("“%(filename)s” holds an exported program of a kind that Conch cannot read."),
        _("Save it with torch.export.save of a current PyTorch."),
    ),
    "pt2-not-a-tensor": (
        _("“%(name)s” is of the kind %(kind)s; Triton carries tensors only."),
        _("Change the model to take and return tensors."),
    ),
    "plan-damaged": (
        _("“%(filename)s” is named like a TensorRT plan but does not begin like one."),
        _("Build it again with trtexec --saveEngine, on the kind of GPU that will serve it."),
    ),
    "plan-extension": (
        _("“%(filename)s” is a TensorRT plan whose name doesn't end in .plan."),
        _("Rename it to model.plan and upload it again."),
    ),
    "plans-several": (
        _("There are several TensorRT plans: %(names)s."),
        _("Upload one plan a version; a version for another kind of GPU is a version of its own."),
    ),
    "python-name": (
        _("“%(filename)s” is Python, but Triton loads a file named model.py."),
        _("Name the file that defines TritonPythonModel model.py."),
    ),
    "python-folder": (
        _("“%(filename)s” stands in a folder, where Triton does not look for it."),
        _("Upload model.py at the top, with other files beside it or in folders."),
    ),
    "python-no-class": (
        _("model.py defines no class TritonPythonModel."),
        _("See the Python backend's documentation: Triton makes an object of that class."),
    ),
    "python-no-execute": (
        _("The class TritonPythonModel has no method “execute”."),
        _("Add execute(self, requests), which returns one response for each request."),
    ),
    "python-syntax": (
        _("“%(filename)s” is no valid Python, line %(line)s: %(message)s"),
        _("Mend it and upload it again."),
    ),
    "config-unreadable": (
        _("config.pbtxt cannot be read, line %(line)s: %(message)s"),
        _("Mend it and upload it again."),
    ),
    "config-datatype": (
        _("config.pbtxt gives “%(name)s” a data type that cannot be served."),
        _("State a type like TYPE_FP32."),
    ),
    "config-alone": (
        _("There is a config.pbtxt but no model, and it is no ensemble."),
        _("Upload the model's file too."),
    ),
    "ensemble-no-tensors": (
        _("The config.pbtxt of the ensemble names no inputs or no outputs."),
        _("State every input and output with its data type and dims."),
    ),
    "ensemble-loose": (
        _("“%(name)s” is made by no step of the ensemble (needed by %(model)s)."),
        _("Join the steps by the names in input_map and output_map."),
    ),
}
