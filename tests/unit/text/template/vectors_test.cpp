#include "lib/text/template/template.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace postrider {
namespace {

namespace json = boost::json;

json::object vectors() {
    std::ifstream file(POSTRIDER_SOURCE_DIR "/tests/vectors/templates.json");
    std::ostringstream content;
    content << file.rdbuf();
    return json::parse(content.str()).as_object();
}

/// nullopt for a fault.
std::optional<std::string> rendered(const std::string& text, const json::object& context, bool escape_html) {
    const auto parsed = Template::parse(text);
    if (!parsed) return std::nullopt;
    RenderOptions options;
    options.escape_html = escape_html;
    auto result = parsed->render(context, options);
    return result ? std::optional(*result) : std::nullopt;
}

std::optional<std::string> expected(const json::object& entry, const char* form) {
    if (entry.contains("fault")) return std::nullopt;
    return std::string(entry.at(entry.contains(form) ? form : "rendered").as_string());
}

TEST(TemplateVectors, AreRenderedAsByDjango) {
    const json::object file = vectors();
    ASSERT_GT(file.at("cases").as_array().size(), 1000u);
    for (const json::value& value : file.at("cases").as_array()) {
        const json::object& entry = value.as_object();
        const std::string text(entry.at("template").as_string());
        const bool own = entry.contains("context");
        const json::object& context = (own ? entry : file).at("context").as_object();
        EXPECT_EQ(rendered(text, context, false), expected(entry, "rendered")) << text;
        EXPECT_EQ(rendered(text, context, true), expected(entry, "escaped")) << text << " (escaped)";
    }
}

}  // namespace
}  // namespace postrider
