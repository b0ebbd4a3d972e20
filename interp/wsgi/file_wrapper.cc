#include "interp/wsgi/file_wrapper.h"

#include <climits>
#include <cstddef>

#include "core/base/foreign/file_systems.h"

namespace interp {
namespace {

struct FileWrapper {
    PyObject_HEAD PyObject* filelike;
    Py_ssize_t block_size;
    bool is_closed;
};

FileWrapper* wrapper(PyObject* self) { return reinterpret_cast<FileWrapper*>(self); }

bool is_open(PyObject* self) {
    if (wrapper(self)->is_closed || wrapper(self)->filelike == nullptr) {
        PyErr_SetString(PyExc_ValueError, "I/O operation on closed file");
        return false;
    }
    return true;
}

int initialise(PyObject* self, PyObject* arguments, PyObject* keywords) {
    static const char* const kNames[] = {"filelike", "blksize", nullptr};
    PyObject* filelike = nullptr;
    Py_ssize_t block_size = 8192;
    if (PyArg_ParseTupleAndKeywords(
            arguments,
            keywords,
            "O|n:FileWrapper",
            const_cast<char**>(kNames),
            &filelike,
            &block_size
        ) == 0) {
        return -1;
    }
    if (block_size < 0) {
        PyErr_SetString(PyExc_ValueError, "file wrapper blksize must not be negative");
        return -1;
    }
    wrapper(self)->block_size = block_size;
    Py_XSETREF(wrapper(self)->filelike, Py_NewRef(filelike));
    return 0;
}

PyObject* iterate(PyObject* self) { return is_open(self) ? Py_NewRef(self) : nullptr; }

PyObject* next(PyObject* self) {
    if (!is_open(self)) {
        return nullptr;
    }
    const PyRef filelike = PyRef::borrow(wrapper(self)->filelike);
    PyRef block =
        PyRef::steal(PyObject_CallMethod(filelike.get(), "read", "n", wrapper(self)->block_size));
    if (!block) {
        return nullptr;
    }
    if (!PyBytes_Check(block.get())) {
        return PyErr_Format(
            PyExc_TypeError,
            "file wrapper read() must return bytes, not %.200s",
            Py_TYPE(block.get())->tp_name
        );
    }
    return PyBytes_GET_SIZE(block.get()) == 0 ? nullptr : block.release();
}

PyObject* close(PyObject* self, PyObject*) {
    if (wrapper(self)->is_closed || wrapper(self)->filelike == nullptr) {
        Py_RETURN_NONE;
    }
    wrapper(self)->is_closed = true;
    const PyRef filelike = PyRef::borrow(wrapper(self)->filelike);
    const PyRef name = PyRef::steal(PyUnicode_InternFromString("close"));
    PyObject* method = nullptr;
    if (!name || py::optional_attribute(filelike.get(), name.get(), &method) < 0) {
        return nullptr;
    }
    if (method == nullptr) {
        Py_RETURN_NONE;
    }
    const PyRef owned = PyRef::steal(method);
    return PyObject_CallNoArgs(method);
}

int traverse(PyObject* self, visitproc visit, void* arg) {
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(wrapper(self)->filelike);
    return 0;
}

int clear(PyObject* self) {
    Py_CLEAR(wrapper(self)->filelike);
    return 0;
}

void deallocate(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    // One may wrap another, as deep as an application likes, and so may its end not.
    Py_TRASHCAN_BEGIN(self, deallocate) clear(self);
    type->tp_free(self);
    Py_DECREF(type);
    Py_TRASHCAN_END
}

PyMethodDef kMethods[] = {
    {"close", close, METH_NOARGS, nullptr},
    {},
};

PyMemberDef kMembers[] = {
    {"filelike", T_OBJECT, offsetof(FileWrapper, filelike), READONLY, nullptr},
    {"blksize", T_PYSSIZET, offsetof(FileWrapper, block_size), READONLY, nullptr},
    {},
};

PyType_Slot kSlots[] = {
    {Py_tp_init, py::slot(initialise)},
    {Py_tp_new, py::slot(PyType_GenericNew)},
    {Py_tp_dealloc, py::slot(deallocate)},
    {Py_tp_traverse, py::slot(traverse)},
    {Py_tp_clear, py::slot(clear)},
    {Py_tp_iter, py::slot(iterate)},
    {Py_tp_iternext, py::slot(next)},
    {Py_tp_methods, kMethods},
    {Py_tp_members, kMembers},
    {},
};

PyType_Spec kSpec = {
    "mod_wsgi.FileWrapper",
    sizeof(FileWrapper),
    0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    kSlots,
};

// The int that a method without arguments returns; without an exception if there is none.
std::optional<long long> ask(PyObject* object, const char* method) {
    const PyRef answer = PyRef::steal(PyObject_CallMethod(object, method, nullptr));
    if (answer && PyLong_Check(answer.get())) {
        const long long value = PyLong_AsLongLong(answer.get());
        if (PyErr_Occurred() == nullptr) {
            return value;
        }
    }
    PyErr_Clear();
    return std::nullopt;
}

}  // namespace

PyRef make_file_wrapper_type() { return PyRef::steal(PyType_FromSpec(&kSpec)); }

std::optional<RegularFile> regular_file_of(PyObject* self) {
    if (wrapper(self)->is_closed || wrapper(self)->filelike == nullptr) {
        return std::nullopt;
    }
    const PyRef filelike = PyRef::borrow(wrapper(self)->filelike);
    const auto fd = ask(filelike.get(), "fileno");
    if (!fd || *fd < 0 || *fd > INT_MAX) {
        return std::nullopt;
    }
    const auto size = base::size_of_local_file(static_cast<int>(*fd));
    if (!size) {
        return std::nullopt;
    }
    const auto offset = ask(filelike.get(), "tell");
    if (!offset || *offset < 0) {
        return std::nullopt;
    }
    const auto begin = static_cast<std::uint64_t>(*offset);
    return RegularFile{
        static_cast<int>(*fd), static_cast<off_t>(*offset), *size > begin ? *size - begin : 0};
}

}  // namespace interp
