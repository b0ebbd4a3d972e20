#include "interp/python/import_lock.h"

#include "interp/python/py_ref.h"

namespace interp {

bool is_import_lock_held() {
    const PyRef name = PyRef::steal(PyUnicode_FromString("_imp"));
    const PyRef module = name ? PyRef::steal(PyImport_GetModule(name.get())) : PyRef();
    const PyRef held =
        module ? PyRef::steal(PyObject_CallMethod(module.get(), "lock_held", nullptr)) : PyRef();
    const bool is_held = held && PyObject_IsTrue(held.get()) > 0;
    PyErr_Clear();
    return is_held;
}

}  // namespace interp
