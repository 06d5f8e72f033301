#include "tests/attack/options.h"

#include <sstream>
#include <stdexcept>

namespace postrider::attack {

const char* const usage =
    "attack [--kills N] [--messages N] [--scenario NAME,…] [--seed N] [--at-once N] [--minutes N] "
    "[--logs FOLDER]\n"
    "  --kills, --messages   over all scenarios (200, 20500)\n"
    "  --scenario            plain, equal, encrypted, parts, two (these five by default); credential\n"
    "  --seed                of what is put in and of when kills come (1)\n"
    "  --at-once             scenarios that run at the same time (2)\n"
    "  --minutes             how long `credential` is refused (10)\n"
    "  --logs                where to keep the daemons' logs\n";

Options read_options(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; i += 2) {
        const std::string name = argv[i];
        if (i + 1 == argc) throw std::invalid_argument(name + " needs a value");
        const std::string value = argv[i + 1];
        if (name == "--kills") {
            options.kills = std::stoi(value);
        } else if (name == "--messages") {
            options.messages = std::stoi(value);
        } else if (name == "--seed") {
            options.seed = static_cast<unsigned>(std::stoul(value));
        } else if (name == "--at-once") {
            options.at_once = std::stoi(value);
        } else if (name == "--minutes") {
            options.minutes = std::stod(value);
        } else if (name == "--logs") {
            options.logs = value;
        } else if (name == "--scenario") {
            std::istringstream names(value);
            for (std::string one; std::getline(names, one, ',');) options.scenarios.push_back(one);
        } else {
            throw std::invalid_argument("there is no option " + name);
        }
    }
    return options;
}

}  // namespace postrider::attack
