# `cmake --install` and `cpack`: the program and what an operator reads, nothing else.

include(GNUInstallDirs)
foreach(document README.md LICENSE CHANGES.md core/config/DIRECTIVES.md)
  if(EXISTS ${CMAKE_SOURCE_DIR}/${document})
    install(FILES ${document} DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/hoopsnake)
  endif()
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "The Hoopsnake developers <hoopsnake@localhost>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION httpd)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# libpython is inside, its standard library is not.
python_version_of(${HOOPSNAKE_PYTHON} version)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "python${version}")
include(CPack)
