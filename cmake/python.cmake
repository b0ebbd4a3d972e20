# python_library(<name> <python>): an interface library with the header files and the libpython of that interpreter,
# which answers every question about itself. The archive goes into the program, so that it stays one file and runs
# Python as fast as `python3` does; where there is none that fits, the program needs the shared library.

function(python_ask python expression result)
  execute_process(
    COMMAND ${python} -c "import sys, sysconfig\nprint(${expression})"
    OUTPUT_VARIABLE answer OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  set(${result} "${answer}" PARENT_SCOPE)
endfunction()

function(python_version_of python result)
  python_ask(${python} "'%d.%d' % sys.version_info[:2]" answer)
  set(${result} ${answer} PARENT_SCOPE)
endfunction()

# An archive that was not compiled for position-independent programs fails here, and not at the end of the build.
function(python_archive_fits archive include libraries result)
  string(MD5 key "${archive}")
  if(NOT DEFINED HOOPSNAKE_ARCHIVE_FITS_${key})
    set(probe ${CMAKE_BINARY_DIR}/python_probe.c)
    file(WRITE ${probe} "#include <Python.h>\nint main(void) { Py_Initialize(); return Py_FinalizeEx(); }\n")
    try_compile(
      fits ${CMAKE_BINARY_DIR}/python_probe SOURCES ${probe}
      CMAKE_FLAGS -DINCLUDE_DIRECTORIES=${include} -DCMAKE_POSITION_INDEPENDENT_CODE=ON
      LINK_OPTIONS -pie LINK_LIBRARIES ${archive} ${libraries})
    set(HOOPSNAKE_ARCHIVE_FITS_${key} ${fits} CACHE INTERNAL "${archive} links into a position-independent program")
  endif()
  set(${result} ${HOOPSNAKE_ARCHIVE_FITS_${key}} PARENT_SCOPE)
endfunction()

function(python_library name python)
  python_ask(${python} "sys.executable" executable)
  python_ask(${python} "sysconfig.get_path('include')" include)
  python_ask(${python} "sysconfig.get_config_var('LDVERSION')" version)
  python_ask(${python} "sysconfig.get_config_var('LIBPL')" archives)
  python_ask(${python} "sysconfig.get_config_var('LIBDIR')" directory)
  # What the archive needs itself (expat and zlib on Debian), without the paths of the machine that built it.
  python_ask(
    ${python}
    "';'.join(dict.fromkeys(w for v in ('MODLIBS', 'LIBS', 'SYSLIBS') for w in (sysconfig.get_config_var(v) or '').split() if w.startswith('-l')))"
    libraries)

  add_library(${name} INTERFACE)
  target_include_directories(${name} SYSTEM INTERFACE ${include})
  set(linkage shared)
  foreach(candidate "static PIC|${archives}/libpython${version}-pic.a" "static|${archives}/libpython${version}.a")
    string(REPLACE "|" ";" candidate "${candidate}")
    list(GET candidate 1 archive)
    if(linkage STREQUAL "shared" AND EXISTS ${archive})
      python_archive_fits(${archive} ${include} "${libraries}" fits)
      if(fits)
        list(GET candidate 0 linkage)
        # All of it, and visible: an extension module may call what the program does not.
        target_link_libraries(${name} INTERFACE -Wl,--whole-archive ${archive} -Wl,--no-whole-archive ${libraries} pthread)
        target_link_options(${name} INTERFACE -Wl,--export-dynamic-symbol=Py* -Wl,--export-dynamic-symbol=_Py*)
      endif()
    endif()
  endforeach()
  if(linkage STREQUAL "shared")
    find_library(${name}-shared NAMES libpython${version}.so HINTS ${directory} NO_DEFAULT_PATH REQUIRED NO_CACHE)
    target_link_libraries(${name} INTERFACE ${${name}-shared})
    target_link_options(${name} INTERFACE -Wl,-rpath,${directory})
  endif()
  target_compile_definitions(
    ${name} INTERFACE HOOPSNAKE_PYTHON_EXECUTABLE="${executable}" HOOPSNAKE_PYTHON_LINKAGE="${linkage}")
  message(STATUS "Python ${version} of ${executable}: ${linkage}")
endfunction()
