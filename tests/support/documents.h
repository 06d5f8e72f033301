#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::testing {

/// A piece of a page that is to be taken literally.
struct Shown {
    std::string page;  ///< from the repository root
    int line = 0;      ///< where it begins
    std::string text;

    std::string place() const { return page + ":" + std::to_string(line); }
};

/// The pages that tell people what to type: README.md, all of docs/, and that of the Django app.
const std::vector<std::string>& documented_pages();

/// A fenced block, and in which language.
struct ShownBlock : Shown {
    std::string language;
};
/// All of a page, in their order.
std::vector<ShownBlock> blocks_of(const std::string& page);

/// What stands between ``` of that language (behind the first ```), on all pages; without the indentation that
/// the fence has itself.
std::vector<Shown> shown_blocks(std::string_view language);
/// What stands between single ` in running text and tables, on all pages.
std::vector<Shown> shown_inline();

/// Lines to be typed into a shell: those of ```sh blocks without what is said behind them, what a mail server is
/// told to run, and inline code that begins with one of `programs`.
std::vector<Shown> shown_commands(const std::vector<std::string>& programs);

}  // namespace postrider::testing
