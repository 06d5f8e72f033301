#include "daemon/commands/commands.h"
#include "lib/media/image_converter.h"

#include <CLI/CLI.hpp>

#include <memory>

namespace postrider {

void add_convert_image(CommandLine line) {
    struct Options {
        std::string content_type;
        std::uintmax_t bytes_max = 0;
    };
    const auto options = std::make_shared<Options>();
    CLI::App* command =
        line.add("convert-image", "Make standard input into another file: the daemon calls it for each file",
                 [options] { return convert_standard_input(options->content_type, options->bytes_max); });
    command->group("");  // nobody else's business
    command->add_option("type", options->content_type, "Of what is made, such as image/png")->required();
    command->add_option("bytes", options->bytes_max, "How large it may be")->required();
}

}  // namespace postrider
