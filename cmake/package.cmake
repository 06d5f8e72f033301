# `make deb`: the Debian package, of the same rules as `make install`.
set(POSTRIDER_PACKAGE_REVISION "1" CACHE STRING "Behind the program's version in that of the package")
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME postrider)
set(POSTRIDER_PACKAGE_MAINTAINER "Postrider maintainers <postrider@localhost>" CACHE STRING "Whoever builds it")
set(CPACK_PACKAGE_CONTACT "${POSTRIDER_PACKAGE_MAINTAINER}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "sends scheduled messages from PostgreSQL")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"An application inserts a row; Postrider sends it the moment it is due, through
Twilio, Azure, e-mail or another transport, never twice, and writes back what
became of it. Replies and delivery reports come back the same way.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE "${POSTRIDER_PACKAGE_REVISION}")
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "systemd | systemd-standalone-sysusers, systemd | systemd-standalone-tmpfiles, tzdata")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "postgresql, monitoring-plugins-basic, bash-completion")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${CMAKE_SOURCE_DIR}/packaging/deb/preinst ${CMAKE_SOURCE_DIR}/packaging/deb/postinst
    ${CMAKE_SOURCE_DIR}/packaging/deb/prerm ${CMAKE_SOURCE_DIR}/packaging/deb/postrm
    ${CMAKE_SOURCE_DIR}/packaging/deb/conffiles)
string(TIMESTAMP now "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(WRITE ${CMAKE_BINARY_DIR}/changelog.Debian "postrider (${PROJECT_VERSION}-${POSTRIDER_PACKAGE_REVISION}) bookworm; urgency=medium

  * What is new is in changelog.gz.

 -- ${POSTRIDER_PACKAGE_MAINTAINER}  ${now}
")
set(CPACK_STRIP_FILES ON)
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_SOURCE_DIR}/build)
include(CPack)
