/// A picture of an article, drawn from its name's number: the same article always looks the same.
struct Picture: Sendable {
  enum Shape: CaseIterable, Sendable {
    case shirt, dress, shoe, bag, circle, box, lamp, cup
  }

  let shape: Shape
  let color: Color
  /// Shifts the background a little, so that no two articles of a kind look quite alike.
  let shade: Int

  enum Color: String, CaseIterable, Sendable {
    case white, black, grey, red, blue, green, yellow, brown, pink, beige

    var fill: String {
      switch self {
      case .white: "#f6f5f1"
      case .black: "#2b2b2f"
      case .grey: "#8b8f97"
      case .red: "#b8433a"
      case .blue: "#3a5fa8"
      case .green: "#4c7f58"
      case .yellow: "#d9ab3c"
      case .brown: "#7a5238"
      case .pink: "#d68ea1"
      case .beige: "#cdb899"
      }
    }

    var name: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }
  }

  /// Without styles and scripts: it is served with a policy that allows none.
  var svg: String {
    let hue = (shade * 37) % 360
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" role="img">
      <rect width="400" height="400" fill="hsl(\(hue),28%,90%)"/>
      <ellipse cx="200" cy="340" rx="120" ry="14" fill="hsl(\(hue),20%,78%)"/>
      <g fill="\(color.fill)" stroke="#3b3a38" stroke-width="3" stroke-linejoin="round">
      \(outline)
      </g>
      </svg>

      """
  }

  private var outline: String {
    switch shape {
    case .shirt:
      "<path d=\"M140 90l-70 50 30 50 30-20v150h140V170l30 20 30-50-70-50q-60 40-120 0z\"/>"
    case .dress: "<path d=\"M160 80v60l-60 180h200l-60-180V80h-20q-20 30-40 0z\"/>"
    case .shoe: "<path d=\"M80 320V210q40 30 80 0 60 60 160 70v40z\"/>"
    case .bag:
      "<path d=\"M100 160h200l20 165H80z\"/><path d=\"M150 190v-60q50-70 100 0v60\" fill=\"none\"/>"
    case .circle:
      "<path d=\"M90 230a110 110 0 0 1 220 0\" fill=\"none\" stroke-width=\"14\"/>"
        + "<rect x=\"70\" y=\"220\" width=\"50\" height=\"90\" rx=\"20\"/>"
        + "<rect x=\"280\" y=\"220\" width=\"50\" height=\"90\" rx=\"20\"/>"
    case .box:
      "<rect x=\"100\" y=\"110\" width=\"200\" height=\"220\" rx=\"16\"/>"
        + "<circle cx=\"200\" cy=\"230\" r=\"58\" fill=\"#00000022\"/>"
    case .lamp:
      "<path d=\"M140 90h120l60 130H80z\"/><path d=\"M195 220h10v100h50v10H145v-10h50z\"/>"
    case .cup:
      "<path d=\"M90 170h200q0 150-100 155-100-5-100-155z\"/>"
        + "<path d=\"M290 190q60 0 40 50-15 35-60 35\" fill=\"none\" stroke-width=\"12\"/>"
    }
  }
}
