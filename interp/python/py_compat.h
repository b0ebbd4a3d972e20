// The door to CPython, and with gil_request.c the only place that asks which version it is: every
// PY_VERSION_HEX of the project. Python 3.11, 3.12 and 3.13, with one GIL for all interpreters of a
// process. All functions want the GIL.
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

#include <cstdint>

#if PY_VERSION_HEX < 0x030B0000 || PY_VERSION_HEX >= 0x030E0000
#error "Hoopsnake is written for Python 3.11, 3.12 and 3.13"
#endif

namespace interp::py {

// The thread state that runs now, or null.
inline PyThreadState* current_thread_state() {
#if PY_VERSION_HEX >= 0x030D0000
    return PyThreadState_GetUnchecked();
#else
    return _PyThreadState_UncheckedGet();
#endif
}

// All interpreters share one GIL, and one that computes does not hear that somebody waits in
// another (gil_request.c). Python 3.13 asks whoever has it.
constexpr bool kHoldersAreDeaf = PY_VERSION_HEX < 0x030D0000;

// PyThreadState_New() does not look whether there was memory for it (thread_state_room.h).
constexpr bool kThreadStatesAreNotChecked = PY_VERSION_HEX < 0x030C0000;

// Changes whenever a dictionary does, to what none has had before (PEP 509); 0 where this CPython
// does not tell.
inline std::uint64_t version_of(PyObject* dict) {
#if PY_VERSION_HEX >= 0x030C0000
    static_cast<void>(dict);
    return 0;
#else
    return reinterpret_cast<PyDictObject*>(dict)->ma_version_tag;
#endif
}

// The characters of an ASCII str, to be written anew: null unless it has exactly so many owners,
// who all agree, and nothing that was made of its characters, as its hash, is remembered with it.
inline char* writable_ascii(PyObject* text, Py_ssize_t owners) {
    const auto* const ascii = reinterpret_cast<PyASCIIObject*>(text);
    if (Py_REFCNT(text) != owners || !PyUnicode_IS_COMPACT_ASCII(text) || ascii->hash != -1) {
        return nullptr;
    }
#if PY_VERSION_HEX < 0x030C0000
    if (ascii->wstr != nullptr) {
        return nullptr;
    }
#endif
    return static_cast<char*>(PyUnicode_DATA(text));
}

// Of a float whose owners all agree.
inline void write_float(PyObject* number, double value) {
    reinterpret_cast<PyFloatObject*>(number)->ob_fval = value;
}

// Takes the exception that is set: a new reference to its normalised instance with its traceback,
// or null.
inline PyObject* take_exception() {
#if PY_VERSION_HEX >= 0x030C0000
    return PyErr_GetRaisedException();
#else
    PyObject *type = nullptr, *value = nullptr, *traceback = nullptr;
    PyErr_Fetch(&type, &value, &traceback);
    if (type == nullptr) {
        return nullptr;
    }
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback != nullptr) {
        PyException_SetTraceback(value, traceback);
    }
    Py_DECREF(type);
    Py_XDECREF(traceback);
    return value;
#endif
}

// The attribute as a new reference in `*out`: 1. None of that name: 0. Another exception: -1, and
// it is set.
inline int optional_attribute(PyObject* object, PyObject* name, PyObject** out) {
#if PY_VERSION_HEX >= 0x030D0000
    return PyObject_GetOptionalAttr(object, name, out);
#else
    return _PyObject_LookupAttr(object, name, out);
#endif
}

// Ends the interpreter of `last`, its only thread state, which is current; goes on in `next`, of
// another interpreter. Python before 3.12 keeps the GIL through Py_EndInterpreter(), later ones let
// it go.
inline void end_interpreter(PyThreadState* last, PyThreadState* next) {
    Py_EndInterpreter(last);
#if PY_VERSION_HEX >= 0x030C0000
    PyEval_RestoreThread(next);
#else
    PyThreadState_Swap(next);
#endif
}

// How CPython wants to see functions of other shapes in its tables.
template <class Function>
PyCFunction method(Function* function) {
    return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
}
template <class Function>
void* slot(Function* function) {
    return reinterpret_cast<void*>(function);
}

}  // namespace interp::py
