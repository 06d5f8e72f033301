#include "tests/system/django.h"

#include "tests/system/program.h"

namespace postrider::testing {

std::vector<std::string> django_environment(const Site& site) {
    return {"SITE_HOST=" + site.server().postgres().socket_folder().string(),
            "SITE_DATABASE=" + site.database(), std::string("SITE_USER=") + owner_role,
            "PYTHONDONTWRITEBYTECODE=1"};
}

std::string django_obstacle() {
    const Ran ran = run_program({django_python, "-c", "import django, psycopg2"});
    return ran.exit_code == 0
               ? ""
               : "Debian's python3-django or python3-psycopg2 is missing: scripts/deps.sh test";
}

}  // namespace postrider::testing
