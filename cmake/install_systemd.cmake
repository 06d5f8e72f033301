# Run by `cmake --install`: the unit, which names the program by its whole path, with the path that
# this installation gives it, and the user.
set(prefix "${CMAKE_INSTALL_PREFIX}")
set(systemd "${CMAKE_CURRENT_LIST_DIR}/../systemd")
file(READ "${systemd}/postrider.service" unit)
string(REPLACE "=/usr/bin/postrider" "=${prefix}/bin/postrider" unit "${unit}")

set(unit_path "${prefix}/lib/systemd/system/postrider.service")
message(STATUS "Installing: $ENV{DESTDIR}${unit_path}")
file(WRITE "$ENV{DESTDIR}${unit_path}" "${unit}")
file(INSTALL "${systemd}/postrider.sysusers" DESTINATION "${prefix}/lib/sysusers.d" RENAME postrider.conf)
